"""Passwords are kept as argon2id hashes, and roles say who may do what."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from mmjudge import accounts
from mmjudge.accounts import check_name, check_password, first_run, hash_password, may
from mmjudge.errors import MMJudgeError
from mmjudge.people import ROLES, Rater
from mmjudge.store import open_store

PASSWORD = "correct horse 🐴"


@pytest.fixture
def store(tmp_path: Path):
    with open_store(f"sqlite:///{tmp_path / 'mmjudge.db'}") as opened:
        yield opened


def test_the_right_password_opens_and_no_other(store) -> None:
    assert first_run(store)
    store.save_rater(Rater("ann"), hash_password(PASSWORD))
    assert not first_run(store)
    assert check_password(store, "ann", PASSWORD) == Rater("ann")
    for name, password in (("ann", PASSWORD + "x"), ("ann", ""), ("bob", PASSWORD), ("ann", "x" * 5000)):
        assert check_password(store, name, password) is None
    store.update_rater(Rater("ann", disabled=True))
    assert check_password(store, "ann", PASSWORD) is None


def test_a_hash_says_how_it_was_made_and_is_salted() -> None:
    one, two = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in one
    assert PasswordHasher().verify(one, PASSWORD.encode())


def test_an_accent_typed_in_two_ways_is_one_password(store) -> None:
    store.save_rater(Rater("ann"), hash_password("pass caf\u00e9"))
    assert check_password(store, "ann", "pass cafe\u0301") == Rater("ann")


def test_an_unknown_name_is_checked_against_a_hash_too(store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would tell names apart is whether anything was hashed."""
    checked: list[str] = []
    verified = accounts._verified
    monkeypatch.setattr(
        accounts, "_verified", lambda known, password: checked.append(known) or verified(known, password)
    )
    store.save_rater(Rater("ann"), hash_password(PASSWORD))
    check_password(store, "ann", "wrong password")
    check_password(store, "nobody", "wrong password")
    kinds = [known.rsplit("$", 2)[0] for known in checked]
    assert kinds == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2


def test_an_old_hash_is_renewed_when_it_opens(store) -> None:
    store.save_rater(Rater("ann"), PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD))
    assert check_password(store, "ann", PASSWORD) == Rater("ann")
    renewed = store.password_hash("ann")
    assert renewed is not None
    assert renewed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert check_password(store, "ann", PASSWORD) == Rater("ann")


def test_a_damaged_hash_opens_nothing(store) -> None:
    store.save_rater(Rater("ann"), "not a hash")
    assert check_password(store, "ann", PASSWORD) is None


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025])
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(MMJudgeError, match="a password has 8 to 1024 characters"):
        hash_password(password)


def test_roles() -> None:
    can = {
        role: {a for a in ("label", "adjudicate", "administer", "read") if may(Rater("x", role), a)} for role in ROLES
    }
    assert can == {
        "rater": {"label"},
        "adjudicator": {"label", "adjudicate", "read"},
        "admin": {"label", "adjudicate", "administer", "read"},
        "viewer": {"read"},
    }
    assert not may(Rater("x", "admin", disabled=True), "read")


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\u200bb", "\ud800", "judge:abc", "Judge:abc"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(MMJudgeError, match="choose another"):
        check_name(name)


def test_names_that_are_not() -> None:
    assert [check_name(name) for name in (" ann ", "Åsa <b>", "А. Петров")] == ["ann", "Åsa <b>", "А. Петров"]
