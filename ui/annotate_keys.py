"""Keys of the Annotate page: which there are, and why a choice of keys is refused. Pure.

Knows actions and `KeyboardEvent.code`: the place of a key on the keyboard, whatever is printed on it. Refuses to know
what an action does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ACTIONS: dict[str, tuple[str, str, str]] = {
    "yes": ("answer", "Digit1", "Violates"),
    "no": ("answer", "Digit2", "Does not violate"),
    "cant_tell": ("answer", "Digit3", "Can't tell"),
    "controversial": ("answer", "Digit4", "Controversial"),
    "none_left": ("answer", "Digit9", "Violates none of the rules left"),
    "severity_0": ("severity", "Digit0", "Severity 0: none"),
    "severity_1": ("severity", "Digit1", "Severity 1: mild"),
    "severity_2": ("severity", "Digit2", "Severity 2: serious"),
    "severity_3": ("severity", "Digit3", "Severity 3: severe"),
    "undo": ("always", "KeyU", "Undo the last answer"),
    "skip": ("always", "KeyS", "Skip, with a reason"),
    "note": ("always", "KeyN", "Write a note"),
    "flag": ("always", "KeyF", "Flag for somebody else"),
    "reveal": ("always", "KeyR", "Lift or put back the cover"),
    "mark": ("always", "KeyM", "Mark where it shows"),
    "verdict": ("always", "KeyV", "Show the judge's verdict on the last item"),
    "help": ("always", "KeyH", "Show the keys"),
}
"""Action -> when it is listened to, its key unless a rater chose another, and what it does. Keys of "always" must
differ from all others; "answer" and "severity" are asked one after the other and may share keys."""

CODE = re.compile(r"[A-Z][A-Za-z0-9]{1,19}")
TAKEN = re.compile(r"Tab|Escape|Enter|Space|Arrow\w+|(Shift|Control|Alt|Meta|OS)(Left|Right)|CapsLock|F\d+")
"""Keys that move the focus, work controls, or belong to the browser."""


def keys_of(chosen: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Action -> key: the rater's own, else the default. Actions that are gone are left out."""
    own = dict(chosen)
    return {action: own.get(action, default) for action, (_, default, _) in ACTIONS.items()}


def refused(keys: Mapping[str, str]) -> str:
    """Why these keys can't be used, in words; "" where they can. Each action needs a key."""
    unknown = sorted(set(keys) ^ set(ACTIONS))
    if unknown:
        return f"each action needs one key, and there are no others: look at {', '.join(unknown)[:80]}"
    for action, code in keys.items():
        if not CODE.fullmatch(code) or TAKEN.fullmatch(code):
            return f"{ACTIONS[action][2]}: the key {code[:20]!r} can't be used: press a letter, a digit or a sign"
    for action, code in keys.items():
        for other, same in keys.items():
            together = "always" in (ACTIONS[action][0], ACTIONS[other][0]) or ACTIONS[action][0] == ACTIONS[other][0]
            if action < other and code == same and together:
                return f"{code} is the key for both “{ACTIONS[action][2]}” and “{ACTIONS[other][2]}”: choose another"
    return ""
