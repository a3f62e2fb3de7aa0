"""A guard model from a local folder: rendered, run greedily, its deciding word weighed, its reply parsed.

Knows transformers, tokens and offsets. Refuses to know formats (the families do), thresholds, remote code and hubs.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mmjudge.backends import Ruling
from mmjudge.backends.engine import anatomy
from mmjudge.backends.engine.chat import masses, plain
from mmjudge.backends.engine.loading import folder_digest, load
from mmjudge.errors import BackendError, RubricError
from mmjudge.guards import Ask, Decision, Family, Talk, hider, paired, rulings, sides, talks
from mmjudge.guards.registry import family_of
from mmjudge.rubric import load_rubric
from mmjudge.types import Missing, Modality, Rubric, Segment

if TYPE_CHECKING:
    import numpy as np
    import torch

    from mmjudge.backends.load import Parts

Said = list[tuple[str, Ruling | Missing]]


class Written(NamedTuple):
    """A reply: its tokens without the end marker, what they read, the logits (1, vocabulary) by which each was chosen,
    and whether it came to an end."""

    ids: list[int]
    text: str
    logits: Sequence[torch.Tensor]
    ended: bool


class LocalGuard:
    """One model folder as the guard of a family. Loaded at construction; calls wait for each other.

    Judges by its own taxonomy; a family that takes a policy judges by whatever rubric it is `under`.
    """

    def __init__(self, family: Family, folder: Path | str, device: str | None = None, dtype: str | None = None) -> None:
        self.family = family
        self.folder = Path(folder).expanduser()
        self.reads: frozenset[Modality] = family.reads
        templated = family.template == "folder"
        self._loaded = load(self.folder, device, dtype, family.head, templated)
        kind = self._loaded.model.config.model_type
        if kind not in family.kinds:
            raise BackendError(
                f"{self.folder} is a model of type {kind}, and {family.title} is {' or '.join(family.kinds)}: "
                "name the guard that this folder holds"
            )
        if "image" in family.reads and "image" not in self._loaded.reads:
            raise BackendError(f"{self.folder} has no image processor, and {family.title} looks at pictures")
        if kind == "llama4":
            self._loaded.model.language_model.register_forward_hook(_with_image_outputs)
        self.id = f"{family.name}@{folder_digest(self.folder)[:12]}/{family.revision[:12]}/{self._loaded.dtype}"
        self._lock = threading.Lock()
        self._hide = hider([*self._loaded.tokenizer.get_added_vocab(), *family.markers], family.roles)
        self._sides: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._spellings: list[str] = []
        self._rubric = load_rubric(family.rubric or "default")

    def under(self, rubric: Rubric) -> LocalGuard:
        """The same model under this rubric. RubricError unless it is the guard's own, or it takes a policy."""
        if self.family.rubric and rubric.version != self._rubric.version:
            raise RubricError(
                f"{self.family.title} was trained on its own categories and cannot judge by rubric {rubric.id!r}: "
                f"choose {self.family.rubric}, which is taken by itself where no rubric is chosen"
            )
        same = copy.copy(self)
        same._rubric = rubric
        return same

    def assess(self, segment: Segment) -> Said:
        """One entry per rule and judged turn; () where the segment has nothing the guard reads."""
        import torch

        found: Said = []
        with self._lock, torch.inference_mode():
            for talk, frames in self._looks(segment):
                try:
                    found += self._judged(talk, frames)
                except (RuntimeError, ValueError, TypeError, LookupError, AttributeError) as why:
                    found += self._all(Missing("backend_failed", f"{self.family.name}: {why}"))
        return found

    def _looks(self, segment: Segment) -> Iterator[tuple[Talk, Sequence[np.ndarray]]]:
        """What is judged at once: a conversation with all its pictures, or each picture where no words are read."""
        if self.reads == {"image"}:
            for frame in segment.frames:
                yield from ((talk, [frame]) for talk in talks(Segment(segment.item_id, segment.index), pictures=1))
            return
        frames = segment.frames if "image" in self.reads else ()
        for talk in talks(segment, self._hide, len(frames)):
            yield talk, frames

    def _judged(self, talk: Talk, frames: Sequence[np.ndarray]) -> Said:
        family = self.family
        words = [turn.text for turn in talk.turns if turn.text]
        if not words and "text" in self.reads and family.needs_words:
            why = f"{family.title} judges pictures together with words, and there are none here"
            return self._all(Missing("unsupported_modality", why))
        if family.head:
            return self._classified(talk, frames)
        assert family.asks is not None
        asks = family.asks(talk, self._rubric)
        if isinstance(asks, Missing):
            return self._all(asks)
        only = family.requests_only if talk.response is not None else ()
        none: Said = [
            (rule, Ruling(0.0, note="by the guard's own definition only a request can be this")) for rule in only
        ]
        return none + [said for ask in asks for said in self._answered(ask, frames)]

    def _answered(self, ask: Ask, frames: Sequence[np.ndarray]) -> Said:
        inputs = self._inputs(ask, frames)
        if isinstance(inputs, Missing):
            return [(rule, inputs) for rule in ask.rules]
        written = self._written(inputs)
        if self.family.pairs:
            return self._pairs(ask, written)
        assert self.family.parse is not None
        cut = Missing("unparsed", f"the reply did not end within {self.family.tokens} tokens")
        decisions = self.family.parse(written.text, ask) if written.ended or self.family.opening else cut
        if isinstance(decisions, Missing):
            return [(rule, decisions) for rule in ask.rules]
        return [said for decision in decisions for said in self._weighed(decision, written)]

    # --- in -----------------------------------------------------------------------------------------------------

    def _inputs(self, ask: Ask, frames: Sequence[np.ndarray]) -> Any:
        """What the model takes, or why it takes nothing."""
        text = ask.text or self._rendered(ask)
        if isinstance(text, Missing):
            return text
        loaded = self._loaded
        if frames:
            from PIL import Image

            pictures = [Image.fromarray(frame) for frame in frames]
            inputs = loaded.processor(text=[text], images=[pictures], return_tensors="pt", add_special_tokens=False)
        else:
            inputs = loaded.tokenizer([text], return_tensors="pt", add_special_tokens=ask.opened)
        needed, fits = inputs["input_ids"].shape[1] + self.family.tokens, anatomy.context_length(loaded.model)
        if needed > fits:
            return Missing("too_large", f"too long for {self.folder.name}: {needed} tokens, {fits} fit")
        return self._moved(inputs)

    def _moved(self, inputs: Any) -> Any:
        """On the model's device, and numbers with a point in the model's type: some processors bring their own."""
        model = self._loaded.model
        for name, values in inputs.to(model.device).items():
            inputs[name] = values.to(model.dtype) if values.is_floating_point() else values
        return inputs

    def _rendered(self, ask: Ask) -> str | Missing:
        """The template of the folder around the messages. Some templates want parts and drop a plain string without a
        word, some the other way: the form counts in which the last words can be found again."""
        from jinja2 import TemplateError

        last = ask.messages[-1]
        judged = [part.get("text", "") for value in last.values() if isinstance(value, list) for part in value]
        judged += [value for key, value in last.items() if isinstance(value, str) and key != "role"]
        judged += [value for _, value in ask.extra if isinstance(value, str) and len(value) > 20]
        why = "the template of this folder does not show the words it is given"
        for messages in (list(ask.messages), plain_messages(ask.messages)):
            try:
                text = self._loaded.processor.apply_chat_template(
                    messages, tokenize=False, add_generation_prompt=ask.continues, **dict(ask.extra)
                )
            except (TemplateError, TypeError) as error:
                why = f"the template of this folder refused the conversation: {error}"
                continue
            if all(words in text for words in judged):
                return str(text)
        return Missing("backend_failed", f"{self.family.name}: {why}")

    # --- out ----------------------------------------------------------------------------------------------------

    def _written(self, inputs: Any) -> Written:
        model, tokenizer = self._loaded.model, self._loaded.tokenizer
        anatomy.forget_positions(model)
        out = model.generate(
            **inputs,
            max_new_tokens=self.family.tokens,
            do_sample=False,
            return_dict_in_generate=True,
            output_logits=True,
            pad_token_id=tokenizer.pad_token_id or 0,
        )
        ids = out.sequences[0, inputs["input_ids"].shape[1] :].tolist()
        ends = self._ends()
        ended = bool(ids) and ids[-1] in ends
        kept = ids[:-1] if ended else ids
        return Written(kept, self._read(kept), out.logits, ended)

    def _ends(self) -> set[int]:
        ends = self._loaded.model.generation_config.eos_token_id
        return set(ends if isinstance(ends, list) else [ends]) | {self._loaded.tokenizer.eos_token_id}

    def _read(self, ids: Sequence[int]) -> str:
        return str(self._loaded.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _weighed(self, decision: Decision, written: Written) -> Said:
        """The masses of the deciding words where the reply chose between them."""
        step = next(n for n in range(len(written.ids)) if len(self._read(written.ids[: n + 1])) > decision.at)
        lead = written.text[len(self._read(written.ids[:step])) : decision.at]
        if lead not in self._sides:
            if not self._spellings:
                known = min(len(self._loaded.tokenizer), written.logits[0].shape[-1])  # heads are often padded
                self._spellings = [self._read([n]) for n in range(known)]
            self._sides[lead] = sides(self._spellings, lead, self.family.words)
        return rulings(decision, masses(written.logits[step][0], *self._sides[lead]))

    def _pairs(self, ask: Ask, written: Written) -> Said:
        """One answer token per rule."""
        added = sorted(self._loaded.tokenizer.added_tokens_decoder)[-2 * len(ask.rules) :]
        pairs = list(zip(added[::2], added[1::2], strict=True))
        answers = paired(written.ids, pairs)
        if isinstance(answers, Missing):
            return [(rule, answers) for rule in ask.rules]
        found: Said = []
        for n, (rule, unsafe, (no, yes)) in enumerate(zip(ask.rules, answers, pairs, strict=True)):
            found += rulings(Decision(0, unsafe, (rule,), (rule,)), masses(written.logits[n][0], (yes,), (no,)))
        return found

    def _classified(self, talk: Talk, frames: Sequence[np.ndarray]) -> Said:
        """The outputs of a classifier head, one per label."""
        loaded, labels = self._loaded, self.family.labels
        if self.family.head == "ImageClassification":
            from PIL import Image

            pictures = [Image.fromarray(frame) for frame in frames]
            inputs = self._moved(loaded.processor(images=pictures, policies=list(labels), return_tensors="pt"))
            scores = loaded.model(**inputs).probabilities.float()[:, 0].tolist()  # column 0 is Yes: it violates
        else:
            assert self.family.asks is not None
            asks = self.family.asks(talk, self._rubric)
            inputs = self._inputs(asks[0], ()) if isinstance(asks, tuple) else asks
            if isinstance(inputs, Missing):
                return self._all(inputs)
            scores = loaded.model(**inputs).logits.float().sigmoid()[0].tolist()
        if len(scores) != len(labels):
            return self._all(Missing("unparsed", f"{len(scores)} outputs, and {len(labels)} categories"))
        if not all(0.0 <= p <= 1.0 for p in scores):  # not a number is neither
            return self._all(Missing("backend_failed", "the model's outputs are no probabilities"))
        return [(rule, Ruling(p)) for rule, p in zip(labels, scores, strict=True)]

    def _all(self, missing: Missing) -> Said:
        return [(rule.id, missing) for rule in self._rubric.rules]


def _with_image_outputs(module: Any, given: Any, output: Any) -> Any:
    """transformers 5.24 reads a field off the output of Llama 4's decoder that it does not have."""
    if not hasattr(output, "image_outputs"):
        output.image_outputs = None
    return output


def plain_messages(messages: Sequence[Any]) -> list[dict[str, Any]]:
    """The same messages with strings instead of lists of parts, under whatever keys they stand."""
    return [
        {
            key: plain([{"role": "", "content": value}])[0]["content"] if isinstance(value, list) else value
            for key, value in message.items()
        }
        for message in messages
    ]


def load_guard(named: str) -> Parts:
    """`--judge guard:NAME@FOLDER`: that guard, with the embedded judge's ears and eyes for words where they are."""
    from mmjudge.backends.embedded import load_ears, load_eyes
    from mmjudge.backends.load import Parts

    name, at, folder = named.partition("@")
    family = family_of(name)
    if not at or not folder:
        raise BackendError(f"guard:{named}: write guard:{family.name}@FOLDER, the folder that holds the model")
    absent: list[str] = []
    guard = LocalGuard(family, folder)
    return Parts(guard=guard, transcriber=load_ears(absent), text_reader=load_eyes(absent), absent=tuple(absent))
