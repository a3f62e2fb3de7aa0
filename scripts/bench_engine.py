#!/usr/bin/env python
"""How much one reading saves: the engine against what people would pick instead, in one run.

    python scripts/bench_engine.py --models FOLDER [--part shared] [--rounds 3] [--tokens 256,1024]

Random weights at real dimensions, made in FOLDER at the first run (`bench_models`): anyone can run it offline. Time is
CPU time of this process at one thread, processor and media included, the smallest of interleaved rounds. Parts:

* `shared`: SmolVLM-256M, one picture, 1, 4, 16 and 48 questions: the naive forward per question (one measured, times
  the number), transformers' `pipeline("decision")` (four measured, times a quarter of the number), the engine; beside
  them the bound that floating-point operations set, counted in one forward each;
* `qwen`: the same at the widths of Qwen3-VL-2B (both towers cut to 2 layers), with glance-vlm's shared prefix where
  glance-vlm is installed; `other`: SmolVLM with its vision tower cut, glance-vlm's general path;
* `memory`: peak memory of the question stage over 1,024 image tokens;
* `judge`: the whole judge, 14 rules, sharing, priors and early exit on against off;
* `reply`: 40 tokens of reasoning about a picture that was read, over the kept reading and by `model.generate`.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_models
import numpy as np

from mmjudge import prompts
from mmjudge.backends.engine import anatomy, speaking, tiers
from mmjudge.backends.engine.kept import Read
from mmjudge.backends.engine.model import Engine
from mmjudge.backends.engine.prefix import Prefix, read
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE
from mmjudge.priors import Priors
from mmjudge.rubric import load_rubric
from mmjudge.settings import Settings
from mmjudge.types import Reading, Segment

COUNTS = (1, 4, 16, 48)
PARTS = ("shared", "qwen", "other", "memory", "judge", "reply")
Way = Callable[[int], float]
"""Seconds of CPU for so many questions about one picture."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", default="256,1024", help="image tokens of the part `shared`")
    given = parser.parse_args()
    with_torchvision()
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    print(f"Machine: {platform.machine()}, {os.cpu_count()} cores, one thread, load {os.getloadavg()[0]:.1f}; ", end="")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, float32", flush=True)
    for part in given.part or PARTS:
        if part == "shared":
            for tokens in map(int, given.tokens.split(",")):
                race(model("smolvlm", given.models), tokens, given.rounds, ["naive", "decision"][: 1 + (tokens < 1024)])
        elif part == "qwen":
            race(model("qwen3_vl", given.models), 256, given.rounds, ["naive", "decision", "glance"])
        elif part == "other":
            race(model("smolvlm", given.models, 3), 64, given.rounds, ["naive", "glance"])
        elif part == "memory":
            memory(model("smolvlm", given.models, 3))
        elif part == "judge":
            judge(model("smolvlm", given.models))
        else:
            reply(model("smolvlm", given.models), given.rounds)


def model(family: str, folder: Path, layers: int | None = None) -> Engine:
    """The engine over the model of that family, built if it is not there."""
    where = folder / (f"{family}-{layers}" if layers else family)
    if not (where / "config.json").is_file():
        print(f"building {where}", flush=True)
        bench_models.build(family, where, layers)
    return Engine(where, device="cpu")


# --- questions about one picture ------------------------------------------------------------------------------


def race(engine: Engine, tokens: int, rounds: int, against: list[str]) -> None:
    """Seconds of each way at each number of questions, and ratios to the engine's."""
    picture = bench_models.picture(tokens, engine._loaded.processor)
    ways: dict[str, tuple[Way, tuple[int, ...]]] = {"engine": (ours(engine, picture), COUNTS)}
    makers = {"naive": (naive, (1,)), "decision": (decision, (4,)), "glance": (glance, COUNTS)}
    for name in against:
        maker, counts = makers[name]
        if name == "glance" and "qwen3" not in engine.id:
            counts = (4,)  # one full forward per question, whatever their number
        try:
            ways[name] = (maker(engine, picture), counts)
        except ImportError as why:
            print(f"without {name}: {why}")
    seconds: dict[tuple[str, int], float] = {}
    for _ in range(rounds):
        for name, (way, counts) in ways.items():
            for count in counts:
                seconds[name, count] = min(way(count), seconds.get((name, count), np.inf))
    print(f"\n## {engine.folder.name}, {tokens} image tokens, {engine.tier}")
    print(f"| questions | engine | {' | '.join(f'{n} | times' for n in against if n in ways)} | bound |")
    bounds = bound(engine, picture)
    for count in COUNTS:
        line = f"| {count} | {seconds['engine', count]:.2f} s "
        for name in (n for n in against if n in ways):
            measured = max(k for n, k in seconds if n == name and (k <= count or len(ways[name][1]) == 1))
            taken = seconds[name, measured] * count / measured
            line += f"| {taken:.2f} s | {taken / seconds['engine', count]:.2f} "
        print(line + f"| {bounds(count):.1f} |", flush=True)


def timed(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def ours(engine: Engine, picture: np.ndarray) -> Way:
    fresh = iter(range(1 << 30))

    def way(count: int) -> float:
        segment = Segment(str(n := next(fresh)), 0, text=f"picture {n % 10}", frames=(picture,))
        engine._kept.clear()
        return timed(lambda: engine.score_yes_no(segment, bench_models.asks(count)))

    return way


def naive(engine: Engine, picture: np.ndarray) -> Way:
    """A processor call and a public forward per question, as the manual of any model shows it."""
    import torch

    segment = Segment("naive", 0, text="picture 0", frames=(picture,))

    def one(ask: str) -> None:
        with torch.inference_mode():
            inputs = engine._inputs.full(segment, prompts.phrasings(ask, "post")[0])
            engine._model(**inputs, use_cache=False, logits_to_keep=1)

    return lambda count: timed(lambda: [one(ask) for ask in bench_models.asks(count)])


def decision(engine: Engine, picture: np.ndarray) -> Way:
    from PIL import Image
    from transformers import AutoProcessor, pipeline

    processor = AutoProcessor.from_pretrained(engine.folder)  # its own: the pipeline adds tokens to it
    processor.image_processor.size = engine._loaded.processor.image_processor.size
    decide = pipeline("decision", model=engine._model, processor=processor, tokenizer=processor.tokenizer, device="cpu")
    image = Image.fromarray(picture)

    def way(count: int) -> float:
        questions = {str(n): {"type": "noul", "instructions": a} for n, a in enumerate(bench_models.asks(count))}
        shown = {"state": "picture 0 <picture>", "assets": {"<picture>": image}}
        return timed(lambda: decide({**shown, "questions": questions}))

    return way


def glance(engine: Engine, picture: np.ndarray) -> Way:
    """glance-vlm: its shared prefix for Qwen-VL, its general path else. It loads the folder itself."""
    from glance.backends.base import Statement
    from glance.backends.generic_hf import GenericVlmBackend
    from glance.backends.vlm_hf import VlmBackend
    from glance.config import load_config
    from glance.images import LoadedImage
    from PIL import Image

    where, image = str(engine.folder), Image.fromarray(picture)
    if "qwen3" in engine.id:
        spec = {"id": where, "revision": "", "dtype": "float32", "image_token_budget": 1024}
        tier = {"vlm_tiers": {"cuda_12gb": spec}, "tier_override": "cuda_12gb"}
        backend: Any = VlmBackend(load_config(overrides={"models": tier, "vlm": {"prefix_cache": True}}), device="cpu")
    else:
        backend = GenericVlmBackend(load_config(), where, device="cpu")
        backend.processor.image_processor.size = engine._loaded.processor.image_processor.size
    fresh = iter(range(1 << 30))
    words = as_long(engine, backend) if "qwen3" in engine.id else None

    def way(count: int) -> float:
        name = f"{next(fresh):064d}"  # the digest of the picture: a new one is not found in its cache
        shown = LoadedImage("img", image, name, image.width, image.height, "PNG", "noise")
        asks = [Statement(prompts.phrasings(ask, "post")[0], ask) for ask in bench_models.asks(count)]
        return timed(lambda: backend.score_statements([shown], words, asks))

    return way


def as_long(engine: Engine, backend: Any) -> dict[str, str]:
    """A context that makes glance-vlm's prompt as long as ours: it has no system turn and no fences."""
    from glance.images import LoadedImage

    sentence = prompts.phrasings(bench_models.asks(1)[0], "post")[0]
    segment = Segment("length", 0, text="picture 0")
    ours = engine._inputs.ids(segment, sentence)
    said, shown = prompts.SYSTEM + prompts.shown(segment), LoadedImage("img", None, "", 1, 1, "PNG", "noise")
    while True:
        rendered = backend.render_prompt([shown], {"shown": said}, sentence).replace("<|image_pad|>", "")
        if len(backend.tokenizer(rendered)["input_ids"]) <= len(ours):
            return {"shown": said}
        said = said[:-1]


def bound(engine: Engine, picture: np.ndarray) -> Callable[[int], float]:
    """The speed-up that operations allow: full forwards, over one and the rest as continuations of what they share."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    segment = Segment("bound", 0, text="picture 0", frames=(picture,))
    sentences = [prompts.phrasings(ask, "post")[0] for ask in bench_models.asks(max(COUNTS))]
    rows = [engine._inputs.ids(segment, sentence) for sentence in sentences]

    def operations(work: Callable[[], Any]) -> tuple[Any, int]:
        with torch.inference_mode(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            found = work()
        return found, counter.get_total_flops()

    def last(hidden: torch.Tensor) -> torch.Tensor:
        return anatomy.logits(engine._model, hidden)

    (whole, end), full = operations(lambda: read(engine._model, engine._inputs.full(segment, sentences[0])))
    full += operations(lambda: last(end))[1]
    known = Read(rows[0], whole, len(engine._inputs.beginning(segment)))

    def times(count: int) -> float:
        prefix, start = known.shared_with(rows[1:count] or rows[:1])
        assert isinstance(prefix, Prefix)
        steps = [
            operations(lambda row=row: last(tiers.ask_packed(engine._model, prefix, [row[start:]])))[1]
            for row in rows[1:count]
        ]
        return count * full / (full + sum(steps))

    return times


# --- memory and the whole judge -------------------------------------------------------------------------------


def memory(engine: Engine) -> None:
    """Highest resident memory of 48 questions above what was resident before them."""
    picture = bench_models.picture(1024, engine._loaded.processor)
    segment = Segment("memory", 0, frames=(picture,))
    engine.score_yes_no(segment, bench_models.asks(2))
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts again from here
    before = resident("VmRSS")
    engine.score_yes_no(segment, bench_models.asks(48))
    print(f"\nquestion stage, 48 questions over 1,024 image tokens: {resident('VmHWM') - before:.0f} MB more at most")


def resident(what: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1e3 for line in lines if line.startswith(what))


def judge(engine: Engine) -> None:
    """Seconds of the published 14 image rules about one picture, against the same with nothing shared.

    Shared: one reading, priors known from the picture before, chains cut where they are settled. Apart: a forward per
    question, each prior asked too, every question of every chain.
    """
    picture = bench_models.picture(64, engine._loaded.processor)
    apart = Engine(engine.folder, device="cpu", tier="alone")
    bench_models.picture(64, apart._loaded.processor)
    priors = Priors(None, "", "")
    whole(engine, picture, 0, priors, ("reasoning",))
    shared = whole(engine, picture, 1, priors, ("reasoning",))
    alone = whole(apart, picture, 1, Priors(None, "", ""), ("reasoning", "early_exit"))
    print("\n## the whole judge, 14 rules, 64 image tokens")
    for name, (seconds, asked) in (("shared", shared), ("apart", alone)):
        print(f"{name}: {seconds:.1f} s, {asked} questions answered")
    print(f"times: {alone[0] / shared[0]:.1f}", flush=True)


def whole(
    engine: Engine, picture: np.ndarray, number: int, priors: Priors, without: tuple[str, ...]
) -> tuple[float, int]:
    """Seconds of CPU of one measurement and how many questions were put."""
    made = Judge("bench", load_rubric("osbench"), LOOSE, Settings().without(*without), engine, priors=priors)
    segment = Segment("bench", 0, text=f"picture {number}", frames=(picture,))
    began = time.process_time()
    measured = made.measure(Reading("bench", (segment,)))
    seconds = time.process_time() - began
    return seconds, sum(p.stage == "probe" and p.reason != "not_asked" for p in measured.evidence)


def reply(engine: Engine, rounds: int, tokens: int = 40) -> None:
    import torch

    picture = bench_models.picture(256, engine._loaded.processor)
    segment = Segment("reply", 0, text="picture", frames=(picture,))
    engine.score_yes_no(segment, bench_models.asks(4))

    def kept() -> list[int]:
        row = engine._inputs.ids(segment, "Think.")
        known, _ = engine._reading(segment, row, "Think.")
        assert known is not None
        prefix, start = known.shared_with([row])
        assert isinstance(prefix, Prefix)
        return speaking.speak(engine._model, prefix, row[start:], tokens, frozenset())

    def public() -> list[int]:
        inputs = engine._inputs.full(segment, "Think.")
        forced = {"max_new_tokens": tokens, "min_new_tokens": tokens, "eos_token_id": None, "do_sample": False}
        return engine._model.generate(**inputs, **forced)[0, inputs["input_ids"].shape[1] :].tolist()

    with torch.inference_mode():
        assert kept() == public(), "two ways to say two things"
        taken = [(timed(kept), timed(public)) for _ in range(rounds)]
    over, apart = (min(seconds) for seconds in zip(*taken, strict=True))
    print(f"\n## a reply of {tokens} tokens, 256 image tokens\nover the kept reading {over:.2f} s, ", end="")
    print(f"by model.generate {apart:.2f} s, times {apart / over:.1f}", flush=True)


if __name__ == "__main__":
    main()
