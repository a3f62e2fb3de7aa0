"""Who may do what, and whether a password is right.

Knows argon2 and the four roles. Refuses to know sessions, cookies and pages (`ui.signin`) and where raters are kept
(`store`). Argon2id (RFC 9106) with the parameters of argon2-cffi, its "low memory" profile; a hash carries its own.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mmjudge.errors import MMJudgeError
from mmjudge.people import Rater, Role
from mmjudge.store import Store

Action = Literal["label", "adjudicate", "administer", "read"]
"""label items; settle disagreements; make projects and raters; read reports."""

MAY: dict[Role, frozenset[Action]] = {
    "rater": frozenset({"label"}),
    "adjudicator": frozenset({"label", "adjudicate", "read"}),
    "admin": frozenset({"label", "adjudicate", "administer", "read"}),
    "viewer": frozenset({"read"}),
}
SHORTEST, LONGEST = 8, 1024
"""Characters of a password. Longer ones are refused, so that nobody can keep the server busy hashing."""
LONGEST_NAME = 64


def may(rater: Rater, action: Action) -> bool:
    """Whether the rater's role allows it. A disabled rater may do nothing."""
    return not rater.disabled and action in MAY[rater.role]


def hash_password(password: str) -> str:
    """An argon2id hash with a salt of its own. MMJudgeError where the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise MMJudgeError(f"a password has {SHORTEST} to {LONGEST} characters, not {len(password)}: choose another")
    return _hasher().hash(_bytes(password))


def check_password(store: Store, name: str, password: str) -> Rater | None:
    """The rater of that name if the password is theirs and they are not disabled, else None. An unknown name takes as
    long as a wrong password. A hash with older parameters is renewed."""
    rater, known = store.rater(name), store.password_hash(name)
    right = len(password) <= LONGEST and _verified(known or _nobodys(), password)
    if rater is None or known is None or not right or rater.disabled:
        return None
    if _hasher().check_needs_rehash(known):
        store.update_rater(rater, _hasher().hash(_bytes(password)))
    return rater


def first_run(store: Store) -> bool:
    """Whether there is no rater yet: the first one is made without signing in."""
    return not store.raters()


def check_name(name: str) -> str:
    """The name without blanks around it. MMJudgeError where it can be no rater's: empty, long, with signs that are not
    shown, or one that belongs to judges."""
    name = unicodedata.normalize("NFC", name.strip())
    if not 0 < len(name) <= LONGEST_NAME:
        raise MMJudgeError(f"a rater's name has 1 to {LONGEST_NAME} characters, not {len(name)}: choose another")
    if any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise MMJudgeError("a rater's name must not hold control characters: choose another")
    if name.casefold().startswith("judge:"):
        raise MMJudgeError("names that begin with judge: belong to judges: choose another")
    return name


def _verified(known: str, password: str) -> bool:
    try:
        return _hasher().verify(known, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # The same letter typed on two systems may be one code point or two; a lone surrogate can't come from a keyboard.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    """A hash that unknown names are checked against."""
    return _hasher().hash(b"nobody's password")
