"""What is said to a server and what its replies mean. Pure: no socket, no model.

Knows five ways to get the probability of yes from a server, and the JSON of each:

* `systemone`: POST /v1/systemone, `noul` questions about a `state`; pictures as `assets` (transformers serve 5.23,
  Ollama 0.35, LocalAI, SGLang). The share of yes among yes and no; what mass lay on neither is not shown.
* `decisions`: POST /v1/decisions, `predicate` questions about an `input` (OpenAI, LiteLLM, LocalAI). The same share.
* `logprob_token_ids`: a chat completion that shows the log-probabilities of given tokens (vLLM).
* `top_logprobs`: a chat completion that shows its likeliest tokens; all spellings are summed, the rest is bounded.
* `constrained`: the same with the reply bound to two tokens, for servers that show the likeliest after binding.

Refuses to guess: whatever is not of the documented shape is `Missing` with a reason.
"""

from __future__ import annotations

import base64
import io
import math
import re
import wave
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from mmjudge import prompts
from mmjudge.backends.engine import chat
from mmjudge.types import Missing, Modality, Segment, YesNo

if TYPE_CHECKING:
    import numpy as np

Way = Literal["systemone", "decisions", "logprob_token_ids", "top_logprobs", "constrained"]
WAYS: tuple[Way, ...] = get_args(Way)
BATCHED: tuple[Way, ...] = ("systemone", "decisions")
"""Ways that take all questions about an item in one request."""

SPELLINGS = {
    "yes": ("Yes", "yes", "YES", " Yes", " yes", " YES"),
    "no": ("No", "no", "NO", " No", " no", " NO"),
}
"""Looked up in a server's vocabulary for `logprob_token_ids` and `constrained`."""

MOST_QUESTIONS = 64
MOST_ASSETS = 4
"""Of one System One request: the limits of transformers serve 5.24."""

TOP = 20
"""The most `top_logprobs` that OpenAI's interface allows."""

DEEPEST = 20

NOT_SHOWN = -9000.0
"""Some servers write -9999 for a token whose log-probability they do not show."""

SAMPLES_PER_SECOND = 16_000

OPENED = re.compile(r"<(?=[|｜]|__)")
"""How most families' markers of turns and media begin: <|im_end|>, <|eot|>, <｜User｜>, <__media__>."""

MARKERS = (
    *("<start_of_turn>", "<end_of_turn>", "<image>", "<image_soft_token>", "<img>", "</img>", "<video>", "<audio>"),
    *("<s>", "</s>", "<bos>", "<eos>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<end_of_utterance>"),
    *("[IMG]", "[IMG_BREAK]", "[IMG_END]", "<global-img>", "<fake_token_around_image>", "<think>", "</think>"),
)
"""Those of other forms. A server may read them in anybody's words."""


# --- what is said ---------------------------------------------------------------------------------------------


def pictures(segment: Segment, reads: frozenset[Modality]) -> list[bytes]:
    """The frames as PNG files, without loss; [] where the server sees none."""
    return [png(frame) for frame in segment.frames] if "image" in reads else []


def png(frame: np.ndarray) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(frame).save(made, "PNG", compress_level=1)
    return made.getvalue()


def wav(audio: np.ndarray) -> bytes:
    """Float32 mono in [-1, 1] at 16 kHz as a WAV file of 16 bits."""
    import numpy as np

    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLES_PER_SECOND)
        out.writeframes((np.clip(audio, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return made.getvalue()


def media_parts(segment: Segment, reads: frozenset[Modality]) -> list[dict[str, Any]]:
    """Content parts of chat completions: `image_url` with a data URL per frame, then `input_audio`."""
    found: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded(picture)}"}}
        for picture in pictures(segment, reads)
    ]
    if segment.audio is not None and "audio" in reads:
        found.append({"type": "input_audio", "input_audio": {"data": encoded(wav(segment.audio)), "format": "wav"}})
    return found


def messages(
    segment: Segment, asked: str, media: Sequence[Mapping[str, Any]], previous: Sequence[tuple[str, str]] = ()
) -> list[dict[str, Any]]:
    """The conversation: media first, then the words, the question last, so that a server's cache of beginnings hits.
    Without media all content is plain text, which every server takes."""
    had = [(neutral(said), neutral(reply)) for said, reply in previous]
    turns = chat.turns(neutral(prompts.shown(segment)), [], neutral(asked), had)
    if not media:
        return chat.plain(turns)
    turns[1] = {"role": "user", "content": [*media, *turns[1]["content"]]}
    return turns


def neutral(words: str) -> str:
    """Words in which no marker can be read: what has the form of one is broken, as are the known ones without it."""
    return chat.neutral(OPENED.sub("<\u200b", words), MARKERS)


def chat_body(model: str, said: Sequence[Mapping[str, Any]], way: Way, ids: Sequence[int] = ()) -> dict[str, Any]:
    """A chat completion of one token whose probabilities are shown. `ids`: the tokens of both answers."""
    body: dict[str, Any] = {
        "model": model,
        "messages": list(said),
        "max_tokens": 1,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": TOP,
    }
    if way == "logprob_token_ids":
        body["logprob_token_ids"] = list(ids)
        body["top_logprobs"] = min(TOP, len(ids))
    if way == "constrained":
        body["logit_bias"] = {str(token): 100 for token in ids}
    return body


def systemone_body(model: str, segment: Segment, shown: Sequence[bytes], asks: Sequence[str]) -> dict[str, Any]:
    """Questions are named by their place; pictures by placeholders that stand before the words."""
    names = [f"[[picture {n}]]" for n in range(len(shown))]
    words = neutral(prompts.shown(segment))
    words = words.replace("[[picture", "[\u200b[picture")  # broken, not taken out: what is left could be one again
    body: dict[str, Any] = {
        "model": model,
        "state": "".join(names) + f"{prompts.SYSTEM}\n\n{words}",
        "questions": {f"q{n}": {"type": "noul", "instructions": neutral(ask)} for n, ask in enumerate(asks)},
    }
    if names:
        assets = zip(names, shown, strict=True)
        body["assets"] = {n: {"type": "image", "format": "png", "data_base64": encoded(p)} for n, p in assets}
    return body


def decisions_body(model: str, segment: Segment, shown: Sequence[bytes], asks: Sequence[str]) -> dict[str, Any]:
    """Predicates in their order; words alone as a string, with pictures as one user message of parts."""
    words = f"{prompts.SYSTEM}\n\n{neutral(prompts.shown(segment))}"
    parts = [{"type": "input_image", "image_url": f"data:image/png;base64,{encoded(p)}"} for p in shown]
    content = [*parts, {"type": "input_text", "text": words}]
    asked = [{"type": "predicate", "name": f"q{n}", "instructions": neutral(ask)} for n, ask in enumerate(asks)]
    given: Any = [{"type": "message", "role": "user", "content": content}] if parts else words
    return {"model": model, "input": given, "questions": asked}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# --- what is answered -----------------------------------------------------------------------------------------


def shown_tokens(reply: object) -> dict[str, float] | Missing:
    """The tokens shown for the first place of a chat completion, with their probabilities in [0, 1].

    Tokens may be spelled alike; their probabilities are summed. Not a number, above 1 or of another shape: unparsed.
    """
    choice = _first(_get(reply, "choices"))
    if _get(choice, "finish_reason") == "content_filter" or _get(_get(choice, "message"), "refusal"):
        return Missing("refused", "the server refused to answer")
    listed = entries(reply)
    if not listed:
        return Missing("unparsed", "the server shows no token probabilities")
    found: dict[str, float] = {}
    for entry in listed:
        token, logprob = _get(entry, "token"), _number(_get(entry, "logprob"))
        if not isinstance(token, str) or logprob is None or logprob > 1e-3:
            return Missing("unparsed", "an entry of top_logprobs is no token with a log-probability")
        if logprob <= NOT_SHOWN:
            continue
        found[token] = found.get(token, 0.0) + math.exp(min(0.0, logprob))
    if sum(found.values()) > 1.01:
        return Missing("unparsed", "the probabilities shown sum to more than 1")
    return found


def entries(reply: object) -> list[Any]:
    """What a chat completion shows for its first place, as it came; [] if it shows nothing."""
    listed = _get(_first(_get(_get(_first(_get(reply, "choices")), "logprobs"), "content")), "top_logprobs")
    return listed if isinstance(listed, list) else []


def masses(shown: Mapping[str, float], exact: bool = False) -> YesNo:
    """Spellings summed; what was not shown bounded: no hidden token is likelier than the least likely shown, and all
    together they have what the shown ones leave. `exact`: every spelling was asked for, so nothing is hidden."""
    yes, no = (sum(p for token, p in shown.items() if said(token) == word) for word in ("yes", "no"))
    hidden = sum(len(words) for words in SPELLINGS.values()) - sum(bool(said(token)) for token in shown)
    least = min(shown.values(), default=1.0)
    unseen = 0.0 if exact else min(max(0.0, 1.0 - sum(shown.values())), max(0, hidden) * least)
    return YesNo(min(1.0, yes), min(1.0, no), unseen)


def said(token: str) -> str:
    """ "yes", "no", or "" for anything else; a token may carry a mark for the space before it."""
    word = token.strip().lstrip("▁Ġ").strip().casefold()
    return word if word in SPELLINGS else ""


def systemone_answers(reply: object, count: int) -> list[YesNo | Missing]:
    answers = _get(reply, "answers")
    return [_share(_get(_get(answers, f"q{n}"), "noul"), _get(answers, f"q{n}")) for n in range(count)]


def decisions_answers(reply: object, count: int) -> list[YesNo | Missing]:
    """By name, not by place: a server may leave one out."""
    answers = _get(reply, "answers")
    named = {_get(a, "name"): a for a in answers if isinstance(_get(a, "name"), str)} if _is_list(answers) else {}
    return [_share(_get(named.get(f"q{n}"), "probability"), named.get(f"q{n}")) for n in range(count)]


def _share(p: object, answer: object) -> YesNo | Missing:
    """The share of yes as masses: what lay on neither answer is not shown, unless the server tells `label_mass`."""
    if _get(answer, "type") == "refusal":
        return Missing("refused", "the server refused to answer")
    share, mass = _number(p), _number(_get(answer, "label_mass"))
    if share is None or not 0.0 <= share <= 1.0:
        return Missing("unparsed", "the answer holds no probability")
    mass = mass if mass is not None and 0.0 <= mass <= 1.0 else 1.0
    return YesNo(share * mass, (1.0 - share) * mass)


def reply_text(reply: object) -> str | Missing:
    """The words of a chat completion."""
    choice = _first(_get(reply, "choices"))
    message = _get(choice, "message")
    if _get(choice, "finish_reason") == "content_filter" or _get(message, "refusal"):
        return Missing("refused", "the server refused to answer")
    words = _get(message, "content")
    return words if isinstance(words, str) else Missing("unparsed", "the reply holds no words")


def numbers(value: object, depth: int = 0) -> list[float]:
    """All finite numbers of a reply that depend on the question, in order: by these two replies are told apart. What
    lies deeper than any reply goes is left out."""
    if (number := _number(value)) is not None:
        return [number] if math.isfinite(number) else []
    if depth > DEEPEST:
        return []
    if isinstance(value, Mapping):
        skipped = ("usage", "created", "timings", "bytes", "id", "index")
        return [n for key, inner in value.items() if key not in skipped for n in numbers(inner, depth + 1)]
    return [n for inner in value for n in numbers(inner, depth + 1)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    """A finite number, or minus infinity; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) or number == math.inf else number


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _first(value: object) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _is_list(value: object) -> bool:
    return isinstance(value, list)
