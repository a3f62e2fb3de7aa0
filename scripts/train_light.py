"""Train the light evaluator on the tuning half and write it, with its model card, to assets/light.

    MMJUDGE_DATA=... scripts/train_light.py --minilm FOLDER --cache FILE [--oof FILE] [--out FOLDER] [--choose]

`--cache` keeps MiniLM's states between runs (they are most of the time). `--oof` gets out-of-fold and leave-one-set-out
probabilities of every tuning row, for fitting a jury without leakage. `--choose` prints how other shapes of the kernel
do on the tuning half and writes nothing. The test half is scored once, by the head just written, for the card.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import light_card
import light_data
import light_fit
import metrics
import numpy as np
from light_data import Row

from mmjudge.backends import light
from mmjudge.backends.light_words import plain
from mmjudge.backends.minilm import MiniLM, windows

FOLDS = 5
CHUNK_TOKENS = light.PIECE * light.CHUNK


class States:
    """MiniLM's mean states of runs of tokens, kept in a file by the digest of the tokens."""

    def __init__(self, minilm: MiniLM, file: Path) -> None:
        self._minilm, self._file = minilm, file
        self._known: dict[str, np.ndarray] = {}
        if file.is_file():
            with np.load(file) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["means"], strict=True))

    def chunks(self, text: str) -> list[list[int]]:
        """Chunks of a plain text, as the light evaluator makes them."""
        return windows(self._minilm.tokens(text), CHUNK_TOKENS)

    def context(self, text: str) -> list[int]:
        """What the light evaluator reads of a plain context: its end."""
        return self._minilm.tokens(text)[-light.CONTEXT * light.PIECE :]

    def of(self, runs: Sequence[list[int]]) -> np.ndarray:
        """(n, layers, width) means; computes and keeps what is not known yet."""
        keys = [hashlib.sha256(json.dumps(run).encode()).hexdigest() for run in runs]
        missing = {key: run for key, run in zip(keys, runs, strict=True) if key not in self._known}
        todo = sorted(missing, key=lambda key: len(missing[key]))
        for at in range(0, len(todo), 256):
            some = todo[at : at + 256]
            means = self._minilm.means([windows(missing[key], light.PIECE) for key in some])
            self._known.update(zip(some, means, strict=True))
            print(f"MiniLM: {at + len(some)} of {len(todo)} texts", flush=True)
        if todo:
            np.savez(self._file, keys=np.array(list(self._known)), means=np.stack(list(self._known.values())))
        return np.stack([self._known[key] for key in keys])


def family(row: Row) -> str:
    """What is left out together: sets of one source share prompts."""
    return row.set.split("_")[0] if row.set.startswith(("xstest", "harmbench", "dices")) else row.set


def fold(row: Row) -> str:
    return str(int(hashlib.sha256(f"fold {row.group}".encode()).hexdigest(), 16) % FOLDS)


def echoes(rows: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    """Rows one of whose texts of four words or more is also a text of the test half: they don't train.

    The context of ConvAbuse is a bot's stock line and tells nothing about the truth: it does not count.
    """

    def texts(row: Row) -> set[str]:
        both = (row.target, "" if row.set == "convabuse" else row.context)
        return {text for text in (plain(part).lower() for part in both) if len(text.split()) > 3}

    known = set().union(*(texts(row) for row in test))
    return np.array([bool(texts(row) & known) for row in rows])


def main() -> None:
    given = arguments()
    states = States(MiniLM(given.minilm), given.cache)
    rows, test = light_data.labelled("tune") + light_data.written(), light_data.labelled("test")
    pairs = [(plain(row.target), plain(row.context)) for row in rows]
    t = states.of([states.chunks(target)[0] for target, _ in pairs])
    c = states.of([states.context(context) for _, context in pairs])
    found, scales = light_fit.features(pairs, t, c)
    used = np.flatnonzero(~echoes(rows, test))
    left = Counter(row.set for at, row in enumerate(rows) if at not in set(used.tolist()))
    print(f"{len(rows)} rows; left out of training as echoes of the test half: {dict(left)}", flush=True)
    if given.choose:
        for shape in light_card.SHAPES:
            report(rows, *held_out(rows, found, used, shape)[1:], str(shape))
        return
    shape = light_fit.Shape()
    solved, oof, loso = held_out(rows, found, used, shape)
    report(rows, oof, loso, str(shape))
    unsafe = np.array([row.unsafe for row in rows])
    line = light_fit.platt(oof[used], unsafe[used], light_fit.row_weights([rows[at] for at in used]))
    write_head(light_fit.head(found, scales, shape, solved, line), given.out, rows, used, shape)
    if given.oof:
        write_held_out(given.oof, rows, oof, loso, line)
    head, digest = light.load(given.out)
    scored = test_scores(states, head, test)
    light_card.write(given.out, rows, oof, loso, test, scored, len(rows) - len(used), digest)


def held_out(rows: Sequence[Row], found: light_fit.Features, used: np.ndarray, shape: light_fit.Shape):
    """(solved, scores out of fold, scores with the row's own set left out)."""
    k = light_fit.kernel(found, shape)
    solved = light_fit.solve(k, rows, used, shape.ridge)
    out = [light_fit.held_out(k, solved, [block(row) for row in rows]) for block in (fold, family)]
    return solved, out[0], out[1]


def test_scores(states: States, head: light.Head, rows: Sequence[Row]) -> np.ndarray:
    """(n,) probabilities of the test half, chunk by chunk as the light evaluator itself gives them."""
    pairs = [(plain(row.target), plain(row.context)) for row in rows]
    chunks = [states.chunks(target) for target, _ in pairs]
    means = iter(states.of([chunk for found in chunks for chunk in found]))
    contexts = states.of([states.context(context) for _, context in pairs])
    scores = []
    for (target, before), found, said in zip(pairs, chunks, contexts, strict=True):
        words = light.lexical(head.lexical, head.rarity, target)
        context_words = light.lexical(head.context_lexical, head.rarity, before) if before else 0.0
        raw = [light.score(head, next(means), said if before else None, words, context_words) for _ in found]
        scores.append(light.probability(head, float(np.mean(raw))))
    return np.array(scores)


def report(rows: Sequence[Row], oof: np.ndarray, loso: np.ndarray, title: str) -> None:
    """One line: mean AUC over the sets, and the five that have bars, out of fold / leave one set out."""
    sets, unsafe = np.array([row.set for row in rows]), np.array([row.unsafe for row in rows])
    figures = {
        name: [metrics.auc(unsafe[sets == name], scores[sets == name]) for scores in (oof, loso)]
        for name in light_data.SETS
    }
    mean = np.nanmean(list(figures.values()), axis=0)
    barred = " ".join(f"{name} {figures[name][0]:.3f}/{figures[name][1]:.3f}" for name in light_card.BARRED)
    print(f"{title}\n  mean {mean[0]:.4f}/{mean[1]:.4f}  {barred}", flush=True)


def write_head(head: light.Head, folder: Path, rows: Sequence[Row], used: np.ndarray, shape: light_fit.Shape) -> None:
    """head.npz (float16 arrays) and head.json, which names its sha256 and what it was trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {k: np.asarray(v, np.float16 if np.ndim(v) else np.float64) for k, v in asdict(head).items()}
    np.savez_compressed(folder / "head.npz", **arrays)
    names = [rows[at].set for at in used]
    description = {
        "sha256": hashlib.sha256((folder / "head.npz").read_bytes()).hexdigest(),
        "trained": datetime.now(UTC).date().isoformat(),
        "half": "tune: sha256(split_group) even",
        "rows": {name: names.count(name) for name in sorted(set(names))},
        "shape": shape._asdict(),
        "random": "none: the fit has one solution",
    }
    (folder / "head.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def write_held_out(
    file: Path, rows: Sequence[Row], oof: np.ndarray, loso: np.ndarray, line: tuple[float, float]
) -> None:
    """One JSON object per labelled tuning row: id, source_set, unsafe, light (out of fold), loso."""
    share = [1 / (1 + np.exp(-(line[0] * scores + line[1]))) for scores in (oof, loso)]
    with file.open("w", encoding="utf-8") as out:
        for row, inside, outside in zip(rows, *share, strict=True):
            if not row.set.startswith("everyday"):
                known = {"id": row.id, "source_set": row.set, "unsafe": row.unsafe}
                out.write(json.dumps({**known, "light": float(inside), "loso": float(outside)}) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minilm", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, required=True, help="file for MiniLM's states (.npz)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "assets" / "light")
    parser.add_argument("--oof", type=Path, help="file for held-out probabilities (JSON lines)")
    parser.add_argument("--choose", action="store_true", help="compare shapes of the kernel on the tuning half only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
