"""Any local model folder that transformers can load: a vision-language model, or one that reads words only.

Knows chat templates, image placeholders and where Yes and No lie in a vocabulary. One forward per question: plain and
correct, the measure a faster engine must equal. Refuses remote code, model hubs and what an answer means.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmjudge import prompts
from mmjudge.backends.digests import remembered_digest
from mmjudge.backends.threads import patient
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Modality, Segment, YesNo

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from mmjudge.backends.load import Parts

Turns = list[dict[str, Any]]


# --- pure -----------------------------------------------------------------------------------------------------


def spellings(vocabulary: Mapping[str, int], decode: Callable[[list[int]], str], word: str) -> tuple[int, ...]:
    """The ids of all single tokens that say `word`: any case, any space around it. Sorted. Pure."""
    near = (i for token, i in vocabulary.items() if len(token) <= len(word) + 4 and word in token.casefold())
    return tuple(sorted(i for i in near if decode([i]).strip().casefold() == word))


def neutral(words: str, markers: Sequence[str]) -> str:
    """Untrusted words in which no marker of the model (image placeholders, ends of turns) can be read: a zero-width
    space stands after the first character of each. Pure."""
    for marker in sorted((m for m in markers if len(m) > 1), key=len, reverse=True):
        words = words.replace(marker, f"{marker[0]}\u200b{marker[1:]}")
    return words


def turns(shown: str, images: int, asked: str, previous: Sequence[tuple[str, str]] = (), system: bool = True) -> Turns:
    """The conversation as chat-template messages: images, what is shown and the first prompt in one user turn, then
    the replies and prompts that followed. Without `system` its words open the first user turn. Pure."""
    prompts_said = [said for said, _ in previous] + [asked]
    opening = shown + prompts_said[0] if system else f"{prompts.SYSTEM}\n\n{shown}{prompts_said[0]}"
    messages: Turns = [_turn("system", prompts.SYSTEM)] if system else []
    pictures: list[dict[str, Any]] = [{"type": "image"} for _ in range(images)]
    messages.append({"role": "user", "content": [*pictures, {"type": "text", "text": opening}]})
    for (_, reply), following in zip(previous, prompts_said[1:], strict=True):
        messages += [_turn("assistant", reply), _turn("user", following)]
    return messages


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def plain(messages: Turns) -> Turns:
    """The same messages with text instead of parts, as templates of models that only read words want them. Pure."""
    return [{"role": m["role"], "content": "".join(part.get("text", "") for part in m["content"])} for m in messages]


def masses(logits: torch.Tensor, yes: Sequence[int], no: Sequence[int]) -> YesNo:
    """Softmax in float32 over one row of the full vocabulary, then the sums over the two sets of ids. Pure."""
    shares = logits.float().softmax(-1)
    return YesNo(min(1.0, float(shares[list(yes)].sum())), min(1.0, float(shares[list(no)].sum())))


# --- the model ------------------------------------------------------------------------------------------------


class TransformersVLM:
    """One model folder. Loaded at construction (its modalities are read from it); calls wait for each other."""

    def __init__(self, folder: Path | str, device: str | None = None) -> None:
        self.folder = Path(folder).expanduser()
        self._lock = threading.Lock()
        self._processor, self._tokenizer, self._model, sees = _load(self.folder, device)
        self.reads: frozenset[Modality] = frozenset({"text", "image"} if sees else {"text"})
        self.id = f"{self._model.config.model_type}@{folder_digest(self.folder)[:12]}/{_version()}"
        vocabulary, decode = self._tokenizer.get_vocab(), self._tokenizer.decode
        self._yes, self._no = (spellings(vocabulary, decode, word) for word in ("yes", "no"))
        if not self._yes or not self._no:
            raise BackendError(f"{self.folder}: its vocabulary has no single token for Yes or for No")
        self._markers = tuple(str(token) for token in self._tokenizer.get_added_vocab())
        self._system = self._takes_system_turn()

    def prepared(self, asks: Sequence[str]) -> TransformersVLM:
        """This model puts each question alone."""
        return self

    def score_yes_no(self, segment: Segment, asks: Sequence[str], order: int = 0) -> list[YesNo | Missing]:
        """One full forward per question. An empty segment has no image token at all."""
        return [self._score(segment, prompts.phrasings(ask, segment.target)[order]) for ask in asks]

    def generate(
        self, segment: Segment, prompt: str, max_tokens: int, previous: Sequence[tuple[str, str]] = ()
    ) -> str | Missing:
        """Greedy continuation of the conversation."""
        import torch

        with self._lock:
            try:
                inputs = self._inputs(segment, prompt, previous, room=max_tokens)
                if isinstance(inputs, Missing):
                    return inputs
                with torch.inference_mode():
                    ids = self._model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)
                return str(self._tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))
            except (RuntimeError, ValueError) as why:
                return Missing("backend_failed", f"{self.id}: {why}")

    def _score(self, segment: Segment, question: str) -> YesNo | Missing:
        import torch

        with self._lock:
            try:
                inputs = self._inputs(segment, prompts.question(question))
                if isinstance(inputs, Missing):
                    return inputs
                with torch.inference_mode():
                    logits = self._model(**inputs, use_cache=False).logits[0, -1]
                return masses(logits, self._yes, self._no)
            except (RuntimeError, ValueError) as why:
                return Missing("backend_failed", f"{self.id}: {why}")

    def _inputs(
        self, segment: Segment, asked: str, previous: Sequence[tuple[str, str]] = (), room: int = 1
    ) -> Any | Missing:
        """What the model takes: the rendered conversation as tensors, with the segment's frames."""
        frames = segment.frames if "image" in self.reads else ()
        had = [(neutral(said, self._markers), neutral(reply, self._markers)) for said, reply in previous]
        shown, asked = neutral(prompts.shown(segment), self._markers), neutral(asked, self._markers)
        text = self._rendered(turns(shown, len(frames), asked, had, self._system))
        # The template writes its own first marker: a tokenizer that adds another would change every answer.
        if frames:
            inputs = self._processor(
                text=[text], images=[_pictures(frames)], return_tensors="pt", add_special_tokens=False
            )
        else:
            inputs = self._tokenizer([text], return_tensors="pt", add_special_tokens=False)
        length = inputs["input_ids"].shape[1]
        fits = self._context()
        if length + room > fits:
            return Missing("too_large", f"too long for {self.folder.name}: {length + room} tokens, {fits} fit")
        return inputs.to(self._model.device)

    def _context(self) -> int:
        config = self._model.config.get_text_config()
        return int(getattr(config, "max_position_embeddings", None) or 1 << 30)

    def _rendered(self, messages: Turns) -> str:
        if "image" not in self.reads:
            messages = plain(messages)
        return str(self._processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    def _takes_system_turn(self) -> bool:
        """Whether the template shows a system turn; some refuse one and some drop it without a word."""
        from jinja2 import TemplateError

        try:
            return prompts.SYSTEM in self._rendered(turns("", 0, "?"))
        except TemplateError:
            return False


def load_folder(folder: str) -> Parts:
    """`--judge transformers:FOLDER`: that model, with the embedded judge's ears and eyes for words where they are."""
    from mmjudge.backends.embedded import load_ears, load_eyes
    from mmjudge.backends.load import Parts

    absent: list[str] = []
    backend = TransformersVLM(folder)
    return Parts(backend, load_ears(absent), load_eyes(absent), absent=tuple(absent))


def folder_digest(folder: Path) -> str:
    """sha256 over the names and digests of the files that make the answers: weights, tokenizer, templates, configs."""
    kinds = (".safetensors", ".json", ".jinja", ".model", ".txt", ".bin")
    files = sorted(path for path in folder.iterdir() if path.suffix in kinds)
    joined = "\n".join(f"{path.name} {remembered_digest(path)}" for path in files)
    return hashlib.sha256(joined.encode()).hexdigest()


def _load(folder: Path, device: str | None) -> tuple[Any, Any, Any, bool]:
    """Processor, tokenizer, model in evaluation, and whether it sees."""
    if not (folder / "config.json").is_file():
        raise BackendError(f"{folder} is no model folder: there is no config.json in it")
    patient()
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoProcessor, AutoTokenizer

    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(folder, **local)
        sees = type(config) in AutoModelForImageTextToText._model_mapping
        kind = AutoModelForImageTextToText if sees else AutoModelForCausalLM
        # float32 on a processor (half precision is emulated there), as stored on an accelerator
        model = kind.from_pretrained(folder, dtype="auto" if where != "cpu" else torch.float32, **local)
        processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(folder, **local)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as why:
        raise BackendError(f"{folder} could not be loaded by transformers: {why}") from why
    tokenizer = processor.tokenizer if sees else processor
    if not getattr(processor, "chat_template", None):
        raise BackendError(f"{folder} has no chat template: an instruction-tuned model is needed")
    return processor, tokenizer, model.eval().to(where), sees


def _pictures(frames: Sequence[Any]) -> list[Any]:
    from PIL import Image

    return [Image.fromarray(frame) for frame in frames]


def _version() -> str:
    from importlib.metadata import version

    return f"transformers-{version('transformers')}"
