"""Guard families by name. Knows which there are. Refuses to know what they do."""

from __future__ import annotations

from mmjudge.errors import BackendError
from mmjudge.guards import Family
from mmjudge.guards.llama_guard import LLAMA_GUARD_3, LLAMA_GUARD_4
from mmjudge.guards.wildguard import WILDGUARD

FAMILIES: tuple[Family, ...] = (LLAMA_GUARD_3, LLAMA_GUARD_4, WILDGUARD)


def family_of(name: str) -> Family:
    """The family of that name. BackendError lists those there are."""
    for family in FAMILIES:
        if family.name == name:
            return family
    raise BackendError(f"no guard is called {name!r}: use one of {', '.join(family.name for family in FAMILIES)}")
