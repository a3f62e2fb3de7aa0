"""What this machine computes with, and which models suit it.

Knows processors, memory and CUDA devices. `suits` and `recommended` need only a description of a machine. Refuses to
know how well a model judges, and gives no time: speed is measured by `mmjudge doctor --judge transformers:…`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from mmjudge.backends.models import Model, memory
from mmjudge.backends.threads import cores, patient

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")
"""Features of a processor that decide how fast it multiplies; the last two are of Arm."""

QUICK = 1_000_000_000
"""Parameters per token above which a processor is called slow. A word for choosing, not a measurement."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One CUDA device. memory: bytes. capability: (major, minor)."""

    name: str
    memory: int
    capability: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Machine:
    """cores: that this process may use. memory: bytes it may use. bfloat16: whether the processor multiplies it."""

    processor: str
    flags: tuple[str, ...]
    cores: int
    memory: int
    bfloat16: bool
    gpus: tuple[Gpu, ...]
    torch: str


class Suits(NamedTuple):
    """How a model suits a machine. state: "fits", "slow" or "no"; words: the same for people, with the device."""

    state: Literal["fits", "slow", "no"]
    words: str


def this_machine() -> Machine:
    """What there is. Imports torch."""
    patient()
    import torch

    from mmjudge.backends.engine.loading import computes_bfloat16

    gpus = []
    for n in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        facts = torch.cuda.get_device_properties(n)
        gpus.append(Gpu(facts.name, facts.total_memory, (facts.major, facts.minor)))
    name, flags = processor(_text("/proc/cpuinfo"))
    return Machine(
        name or platform.processor() or platform.machine(),
        flags,
        cores(),
        _memory(),
        computes_bfloat16(),
        tuple(gpus),
        torch.__version__,
    )


def processor(cpuinfo: str) -> tuple[str, tuple[str, ...]]:
    """The processor's name ("" if it is not said) and those of its features that are in FLAGS. Pure."""
    rows = [row.partition(":") for row in cpuinfo.splitlines()]
    facts = {key.strip(): value.strip() for key, _, value in reversed(rows)}
    said = set(facts.get("flags", facts.get("Features", "")).split())
    return facts.get("model name", ""), tuple(flag for flag in FLAGS if flag in said)


def suits(model: Model, machine: Machine) -> Suits:
    """Whether the model can be used there: on the first GPU if there is one, as the engine does, else on the processor.
    Pure."""
    if machine.gpus:
        need, there = memory(model.parameters, model.width), machine.gpus[0].memory
        if need > there:
            return Suits("no", f"needs {_gb(need)} GB of GPU memory (here {_gb(there)} GB)")
        return Suits("fits", f"fits the GPU ({_gb(need)} of {_gb(there)} GB)")
    width = 2 if machine.bfloat16 and model.width == 2 else 4
    need = memory(model.parameters, width)
    if need > machine.memory:
        return Suits("no", f"needs {_gb(need)} GB of memory (here {_gb(machine.memory)} GB)")
    taken = f"{_gb(need)} of {_gb(machine.memory)} GB, {'bfloat16' if width == 2 else 'float32'}"
    if model.active > QUICK:
        return Suits("slow", f"slow on a CPU: {model.active / 1e9:.1f} billion parameters a token ({taken})")
    return Suits("fits", f"fits the CPU ({taken})")


def recommended(models: Iterable[Model], machine: Machine) -> set[str]:
    """Names to begin with, at most one per kind: the largest that fits and is not slow, else the smallest slow one.

    Only models that anybody may fetch and whose commit is known; whose classes were run, where a kind has such. Pure.
    """
    chosen: set[str] = set()
    open_ones = [m for m in models if not m.gated and m.revision and not m.pickled]
    for kind in {model.kind for model in open_ones}:
        of_kind = [model for model in open_ones if model.kind == kind]
        of_kind = [model for model in of_kind if model.ran == "family"] or of_kind
        by_state = {s: [m for m in of_kind if suits(m, machine).state == s] for s in ("fits", "slow")}
        if by_state["fits"]:
            chosen.add(max(reversed(by_state["fits"]), key=lambda model: model.parameters).name)
        elif by_state["slow"]:
            chosen.add(min(by_state["slow"], key=lambda model: model.active).name)
    return chosen


def described(machine: Machine) -> list[tuple[str, str]]:
    """(title, words) for `mmjudge doctor`: the processor, each GPU, and in what type a model is computed and why."""
    features = " ".join(machine.flags) or "none that matter here"
    rows = [
        ("processor", f"{machine.processor}, {machine.cores} cores, {_gb(machine.memory)} GB of memory"),
        ("features", features),
    ]
    for n, gpu in enumerate(machine.gpus):
        major, minor = gpu.capability
        rows.append((f"cuda:{n}", f"{gpu.name}, {_gb(gpu.memory)} GB, compute capability {major}.{minor}"))
    if not machine.gpus:
        cuda = "this torch is built without CUDA" if "+cpu" in machine.torch else "none that torch can use"
        rows.append(("cuda", f"none: {cuda}"))
    if machine.gpus:
        why = "on the GPU, in the type the weights are stored in"
    elif machine.bfloat16:
        why = "on the processor; half-precision weights in bfloat16, which it multiplies itself"
    else:
        why = "on the processor; half-precision weights in float32, because it does not multiply bfloat16 itself"
    rows.append(("models run", why))
    return rows


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f}" if size < 10e9 else f"{size / 1e9:.0f}"


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _memory() -> int:
    """Bytes: the machine's, or less where a container sets a limit."""
    limit = _text("/sys/fs/cgroup/memory.max").strip()
    return min(_installed(), int(limit)) if limit.isdigit() else _installed()


def _installed() -> int:
    if os.name == "nt":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("total", ctypes.c_ulonglong)] + [
                (f"rest{n}", ctypes.c_ulonglong) for n in range(6)
            ]

        status = Status(length=ctypes.sizeof(Status))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
        return int(status.total)
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
