"""A segment and a question as the tensors one model takes, and as the token ids its prompt has before media are put in.

Knows a processor, its chat template and its markers. Refuses to run the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmjudge import prompts
from mmjudge.backends.engine import chat, suffixes
from mmjudge.backends.engine.loading import RATE, Loaded
from mmjudge.types import Segment

if TYPE_CHECKING:
    import numpy as np

PROBES = ("Statement: a", "1 + 1?")
"""Two questions that begin with tokens of their own: what their prompts share is what any question's prompt shares."""


class Inputs:
    """The prompts of one model."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._markers = tuple(str(token) for token in loaded.tokenizer.get_added_vocab())
        self._system = self._takes_system_turn()

    def full(self, segment: Segment, asked: str, previous: Sequence[tuple[str, str]] = ()) -> Any:
        """What the model takes, on its device: the rendered conversation with the segment's media."""
        text, loaded = self.rendered(segment, asked, previous), self._loaded
        media = self._media(segment)
        # The template writes its own first marker: a tokenizer that adds another would change every answer.
        if media:
            inputs = loaded.processor(text=[text], **media, return_tensors="pt", add_special_tokens=False)
        else:
            inputs = loaded.tokenizer([text], return_tensors="pt", add_special_tokens=False)
        return inputs.to(loaded.model.device)

    def together(self, segments: Sequence[Segment], asked: str) -> Any:
        """Several prompts that end alike as one batch, padded on the right. All segments have the same `kinds`."""
        texts = [self.rendered(segment, asked) for segment in segments]
        media = [self._media(segment) for segment in segments]
        padded = {"padding": True, "padding_side": "right", "return_tensors": "pt", "add_special_tokens": False}
        if "images" in media[0]:
            inputs = self._loaded.processor(text=texts, images=[one["images"][0] for one in media], **padded)
        else:
            inputs = self._loaded.tokenizer(texts, **padded)
        return inputs.to(self._loaded.model.device)

    def kinds(self, segment: Segment) -> tuple[str, ...]:
        """What a batch must have in common: as many pictures, and no video or sound, which are read one by one."""
        return tuple(self._kinds(segment))

    def ids(self, segment: Segment, asked: str, previous: Sequence[tuple[str, str]] = ()) -> list[int]:
        """The token ids of the prompt, one placeholder per medium."""
        text = self.rendered(segment, asked, previous)
        return list(self._loaded.tokenizer([text], add_special_tokens=False)["input_ids"][0])

    def beginning(self, segment: Segment) -> list[int]:
        """The ids that the prompts of all questions about a segment begin with."""
        rows = [self.ids(segment, asked) for asked in PROBES]
        return rows[0][: suffixes.common(rows)]

    def rendered(self, segment: Segment, asked: str, previous: Sequence[tuple[str, str]] = ()) -> str:
        """The conversation as the model's own template writes it. Words of others hold no marker of the model."""
        had = [(chat.neutral(said, self._markers), chat.neutral(reply, self._markers)) for said, reply in previous]
        shown, asked = (chat.neutral(words, self._markers) for words in (prompts.shown(segment), asked))
        return self._render(chat.turns(shown, self._kinds(segment), asked, had, self._system))

    def _kinds(self, segment: Segment) -> list[str]:
        """The media parts of the user's turn, in order."""
        if self._as_video(segment):
            pictures = ["video"]
        else:
            pictures = ["image"] * len(segment.frames) if "image" in self._loaded.reads else []
        return pictures + (["audio"] if self._hears(segment) else [])

    def _media(self, segment: Segment) -> dict[str, Any]:
        """The media as arguments of the processor."""
        found: dict[str, Any] = {}
        if self._as_video(segment):
            found |= _video(segment)
        elif segment.frames and "image" in self._loaded.reads:
            found["images"] = [_pictures(segment.frames)]
        if self._hears(segment):
            found |= {"audio": [segment.audio], "sampling_rate": RATE}
        return found

    def _as_video(self, segment: Segment) -> bool:
        return self._loaded.watches and len(segment.frames) > 1 and len({frame.shape for frame in segment.frames}) == 1

    def _hears(self, segment: Segment) -> bool:
        return segment.audio is not None and "audio" in self._loaded.reads

    def _render(self, messages: chat.Turns) -> str:
        if self._loaded.reads == {"text"}:
            messages = chat.plain(messages)
        processor = self._loaded.processor
        # an answer is read off the next token: a model that would think aloud first is told not to, where it can be
        quiet = {"enable_thinking": False} if "enable_thinking" in str(processor.chat_template) else {}
        return str(processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **quiet))

    def _takes_system_turn(self) -> bool:
        """Whether the template shows a system turn; some refuse one and some drop it without a word."""
        from jinja2 import TemplateError

        try:
            return prompts.SYSTEM in self._render(chat.turns("", [], "?"))
        except TemplateError:
            return False


def _pictures(frames: Sequence[np.ndarray]) -> list[Any]:
    from PIL import Image

    return [Image.fromarray(frame) for frame in frames]


def _video(segment: Segment) -> dict[str, Any]:
    """The frames of a shot as one video, every frame kept. They stand where they stood in time."""
    import numpy as np
    from transformers.video_utils import VideoMetadata

    frames = np.stack(segment.frames)
    times = segment.frame_times if len(segment.frame_times) == len(frames) else tuple(map(float, range(len(frames))))
    took = max(times) - min(times)
    rate = (len(frames) - 1) / took if took > 0 else 1.0
    told = VideoMetadata(
        total_num_frames=len(frames), fps=rate, frames_indices=list(range(len(frames))), duration=len(frames) / rate
    )
    return {"videos": [frames], "video_metadata": [told], "do_sample_frames": False}
