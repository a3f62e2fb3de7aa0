#!/usr/bin/env python
"""Pictures per second on a GPU: the engine at the sizes of Qwen3-VL-4B and 8B, segments read eight at a time.

    python scripts/bench_gpu.py --models FOLDER [--size qwen3_vl_4b] [--rounds 3]

Random weights in bfloat16, 256 image tokens a picture, three questions a rule, all asked in one wave. Beside pictures
per second stands the share of the card's matmul peak, measured in the same run: operations counted in one picture's
forwards, times pictures per second, over the operations per second of a large product. `--device cpu --layers 1
--pictures 2 --rules 1` tries the whole path without a GPU; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import bench_models
import numpy as np

from mmjudge.backends.engine.model import Engine
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.types import Segment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--size", choices=sorted(bench_models.QWEN3_VL), action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", default="3,25")
    parser.add_argument("--pictures", type=int, default=32)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--layers", type=int)
    given = parser.parse_args()
    with_torchvision()
    import torch
    import transformers

    if given.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no CUDA device here: --device cpu --layers 1 tries the path")
    name = torch.cuda.get_device_name() if given.device == "cuda" else "CPU, trial"
    peak = matmul_peak(given.device)
    print(f"Machine: {name}, matmul peak {peak / 1e12:.1f} TFLOP/s; ", end="")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, bfloat16")
    print("| model | rules | questions | one by one | read 8 at a time | share of peak |\n|---|---|---|---|---|---|")
    for size in given.size or sorted(bench_models.QWEN3_VL):
        folder = given.models / (f"{size}-{given.layers}" if given.layers else size)
        if not (folder / "config.json").is_file():
            bench_models.build_large(size, folder, given.layers)
        engine = Engine(folder, given.device, dtype="bfloat16", ahead=8)
        for rules in map(int, given.rules.split(",")):
            some = segments(engine, given.pictures)
            asks = bench_models.asks(3 * rules)
            needed = operations(engine, some[0], asks)
            rates = {ahead: best(engine, some, asks, ahead, given.rounds) for ahead in (1, engine.ahead)}
            line = f"| {folder.name}, {engine.tier} | {rules} | {len(asks)} | {rates[1]:.2f} /s "
            print(f"{line}| {rates[engine.ahead]:.2f} /s | {max(rates.values()) * needed / peak:.1%} |", flush=True)


def segments(engine: Engine, count: int) -> list[Segment]:
    base = bench_models.picture(256, engine._loaded.processor)
    return [Segment("bench", n, text=f"picture {n % 10}", frames=(np.roll(base, n, 0),)) for n in range(count)]


def best(engine: Engine, some: list[Segment], asks: list[str], ahead: int, rounds: int) -> float:
    """Pictures per second of the fastest of some rounds, after one to warm up."""
    taken = []
    for _ in range(rounds + 1):
        engine._kept.clear()
        began = time.perf_counter()
        for at, segment in enumerate(some):
            if ahead > 1:
                engine.read_ahead(some[at:])
            engine.score_yes_no(segment, asks)
        taken.append(time.perf_counter() - began)
    return len(some) / min(taken[1:])


def operations(engine: Engine, segment: Segment, asks: list[str]) -> int:
    """Floating-point operations of one picture with all its questions, counted with plain attention."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    engine._kept.clear()
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        engine.score_yes_no(segment, asks)
    return counter.get_total_flops()


def matmul_peak(device: str) -> float:
    """Operations per second of the fastest of ten large bfloat16 products."""
    import torch

    side = 8192 if device == "cuda" else 512
    left, right = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    fastest = float("inf")
    for _ in range(12):
        began = time.perf_counter()
        product = left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        fastest = min(fastest, time.perf_counter() - began)
    del product
    return 2 * side**3 / fastest


if __name__ == "__main__":
    main()
