"""The ChatML turns of the Qwen family, with untrusted words made harmless. Pure.

Knows the markers of a turn. Refuses to know what is said in one (`prompts`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKER = re.compile(r"<(?=\||/?tool_call>)")


def neutral(words: str) -> str:
    """Words that cannot be read as a marker of the chat: a zero-width space breaks every one."""
    return _MARKER.sub("<\u200b", words)


def opening(system: str, shown: str) -> tuple[str, str]:
    """The system turn, and it followed by the user's turn up to the end of what is shown: two growing prefixes."""
    start = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n"
    return start, start + neutral(shown)


def asked(question: str) -> str:
    """What follows a prefix to ask one question and begin the answer."""
    return f"{neutral(question)}<|im_end|>\n<|im_start|>assistant\n"


def conversation(previous: Sequence[tuple[str, str]], prompt: str) -> str:
    """What follows a prefix for turns already had and one more prompt."""
    had = "".join(
        f"{neutral(said)}<|im_end|>\n<|im_start|>assistant\n{neutral(reply)}<|im_end|>\n<|im_start|>user\n"
        for said, reply in previous
    )
    return had + asked(prompt)
