"""Guard families by name. Knows which there are. Refuses to know what they do."""

from __future__ import annotations

from mmjudge.errors import BackendError
from mmjudge.guards import Family
from mmjudge.guards.duoguard import DUOGUARD
from mmjudge.guards.gpt_oss_safeguard import GPT_OSS_SAFEGUARD
from mmjudge.guards.granite_guardian import GRANITE_GUARDIAN_3, GRANITE_GUARDIAN_3_3
from mmjudge.guards.llama_guard import LLAMA_GUARD_3, LLAMA_GUARD_4
from mmjudge.guards.llavaguard import LLAVAGUARD
from mmjudge.guards.md_judge import MD_JUDGE
from mmjudge.guards.nemotron import NEMOTRON
from mmjudge.guards.polyguard import POLYGUARD
from mmjudge.guards.qwen3guard import QWEN3GUARD
from mmjudge.guards.sguard import SGUARD
from mmjudge.guards.shieldgemma import SHIELDGEMMA, SHIELDGEMMA_2
from mmjudge.guards.wildguard import WILDGUARD

FAMILIES: tuple[Family, ...] = (
    LLAMA_GUARD_3,
    LLAMA_GUARD_4,
    QWEN3GUARD,
    SHIELDGEMMA,
    SHIELDGEMMA_2,
    GRANITE_GUARDIAN_3,
    GRANITE_GUARDIAN_3_3,
    WILDGUARD,
    LLAVAGUARD,
    DUOGUARD,
    SGUARD,
    GPT_OSS_SAFEGUARD,
    NEMOTRON,
    MD_JUDGE,
    POLYGUARD,
)


def family_of(name: str) -> Family:
    """The family of that name. BackendError lists those there are."""
    for family in FAMILIES:
        if family.name == name:
            return family
    raise BackendError(f"no guard is called {name!r}: use one of {', '.join(family.name for family in FAMILIES)}")
