"""The model card of the light evaluator: what it was trained on, what it was measured at, and what it cannot do.

Knows figures and words. Refuses to fit or to score: held-out and test scores come in as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import metrics
import numpy as np
from light_data import SETS, Row
from light_fit import Shape

BARRED = ("openai_moderation", "xstest_prompts", "hatecheck", "harmbench_val_text", "figstep")
SHAPES = (
    Shape(),
    Shape(ridge=1.0),
    Shape(ridge=4.0),
    Shape(ridge=16.0),
    Shape(ridge=8.0, quadratic=0.25),
    Shape(ridge=8.0, quadratic=1.0),
    Shape(ridge=8.0, lexical=2.0),
    Shape(quadratic=0.0),
    Shape(lexical=0.0, context_lexical=0.0),
    Shape(cross=0.0),
    Shape(cross=0.0, context=0.0, context_lexical=0.0),
)
"""What `--choose` compares; the first is shipped."""

RECALL = 0.98

TOP = """# Model card: the light evaluator

A second juror for words: one score per text, from frozen all-MiniLM-L6-v2 states (layers 4 and 6, mean over tokens) of
the judged text and of what was said before it, and from hashed words and letters. The head is a weighted kernel ridge
regression with linear, quadratic and target-by-context terms, written out as arrays (`head.npz`, sha256
`{digest}`). Every block of features has length one, so
that length is no feature. Written by `scripts/train_light.py`; a fit has one solution, no seed is involved.

**Use.** To order the rules for the language model and as a second opinion beside it. It is not a moderation judge, it
gives no category and no reason, and it never decides alone.

## Data

Only rows of the tuning half (sha256 of `split_group` even) of the sets below, plus {written} sentences written for this
project (`scripts/light_topics.py`: everyday requests and lists, harmless phrases with frightening words, harmful ones
without). {echoes} tuning rows with a text that also stands in the test half were left out. Sets count as the root of
their size, both classes of a set the same. Each set has its own intercept while fitting, which is dropped. Not used:
multilingual HateCheck (translations of HateCheck's templates would cross the split), MOSSBench (test use only),
MultiJail beyond its English rows.

## Measured

AUC with 95 % cluster-bootstrap intervals over `split_group`. *Out of fold*: five folds of the tuning half by group.
*Left out*: the set (with its sisters of one source) took no part in training: the figure to expect on new data. *Test*:
the other half, scored once by this head; never used for a choice. *Length*: AUC of the number of characters alone, test
half. *Matched*: test half, each unsafe row paired with a safe one of nearly its length. FigStep: the words of the
picture read perfectly, against the few benign controls that come with it. n and unsafe are of the test half.

| set | n (unsafe) | out of fold | left out | **test** | length | matched (n) |
|---|---|---|---|---|---|---|
"""

BOTTOM = """
Mean over the sets with both classes: out of fold {oof:.3f}, left out {loso:.3f}, test {test:.3f}.

SimpleSafetyTests and MultiJail have no safe rows, so no AUC: {onesided}.

## May it skip a question?

{skip}

## Limits

- English. Other languages reach MiniLM as fragments.
- Trained on a few hundred rows a set; sets like those above do better than unseen ones (compare the columns), and
  an unseen kind of harm may score near chance. Context-only harm (DiaSafety, DICES) is weak.
- HateCheck's figures come from templates: other templates of the same functions were in training. The other half of
  XSTest holds the contrast partners of some test prompts.
- It reads words, not intent: quotation, counter-speech and irony are told apart only as far as the sets show them.
- A long text is scored in chunks of {chunk} tokens whose mean counts: a short harmful passage in a long harmless text
  fades.
- The probability is calibrated on the sets together, half unsafe; on other traffic it is a score, not a rate.
"""


def write(
    folder: Path,
    rows: Sequence[Row],
    oof: np.ndarray,
    loso: np.ndarray,
    test: Sequence[Row],
    scored: np.ndarray,
    echoes: int,
    digest: str,
) -> None:
    """MODEL_CARD.md from held-out scores of the tuning rows and the probabilities of the test rows."""
    text = TOP.format(digest=digest, written=sum(r.set.startswith("everyday") for r in rows), echoes=echoes)
    means = []
    for name in SETS:
        mine, theirs = _of(rows, name), _of(test, name)
        if {r.unsafe for r in test if r.set == name} == {True, False}:
            line, values = _line(name, rows, oof, loso, test, scored, mine, theirs)
            text += line
            means.append(values)
    first, second, third = np.mean(means, axis=0)
    onesided = ", ".join(
        f"{name} test rows above .5: {np.mean(scored[_of(test, name)] > 0.5):.2f} of {len(_of(test, name))}"
        for name in ("simplesafetytests", "multijail")
    )
    text += BOTTOM.format(oof=first, loso=second, test=third, onesided=onesided, skip=skipping(rows, loso), chunk=378)
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def skipping(rows: Sequence[Row], loso: np.ndarray) -> str:
    """Whether items below some score could go unasked: recall of unsafe items with their own set left out."""
    sets, unsafe = np.array([r.set for r in rows]), np.array([r.unsafe for r in rows])
    known = [n for n in SETS if (unsafe & (sets == n)).any()]
    cut = min(float(np.quantile(loso[unsafe & (sets == n)], 1 - RECALL, method="lower")) for n in known)
    judged = np.isin(sets, known)
    saved = float(np.mean(loso[judged] < cut))
    pooled = float(np.quantile(loso[judged & unsafe], 1 - RECALL, method="lower"))
    worst = min(float(np.mean(loso[unsafe & (sets == n)] >= pooled)) for n in known)
    safe_saved = float(np.mean(loso[judged & ~unsafe] < pooled))
    return (
        f"Left-out scores of the tuning half: keeping {RECALL:.0%} of the unsafe items of every set would leave "
        f"{saved:.1%} of all items unasked. A cut that keeps {RECALL:.0%} of the unsafe items of all sets together "
        f"leaves {safe_saved:.1%} of the safe items unasked and keeps only {worst:.1%} in the worst set. Whether a "
        "single *rule* may be skipped cannot be shown here: these sets have no labels per rule of a rubric. "
        "So it skips nothing."
    )


def _of(rows: Sequence[Row], name: str) -> np.ndarray:
    return np.flatnonzero([row.set == name for row in rows])


def _line(
    name: str,
    rows: Sequence[Row],
    oof: np.ndarray,
    loso: np.ndarray,
    test: Sequence[Row],
    scored: np.ndarray,
    mine: np.ndarray,
    theirs: np.ndarray,
) -> tuple[str, tuple[float, float, float]]:
    """A table row and its three point estimates."""
    out, left = (_figure([rows[i] for i in mine], scores[mine]) for scores in (oof, loso))
    own, values = [test[i] for i in theirs], scored[theirs]
    unsafe, chars = [r.unsafe for r in own], [len(r.target) for r in own]
    pairs = metrics.length_matched(unsafe, chars)
    matched = _text(_figure([own[i] for i in pairs], values[pairs])) if len(pairs) >= 20 else "too few"
    length = metrics.auc(np.array(unsafe), np.array(chars, dtype=float))
    whole = _figure(own, values)
    cells = (f"{len(own)} ({sum(unsafe)})", _text(out), _text(left), f"**{_text(whole)}**", f"{length:.2f}")
    return f"| {name} | {' | '.join(cells)} | {matched} ({len(pairs)}) |\n", (out.value, left.value, whole.value)


def _figure(rows: Sequence[Row], scores: np.ndarray) -> metrics.Figure:
    return metrics.auc_figure([r.unsafe for r in rows], scores.tolist(), [r.group for r in rows])


def _text(figure: metrics.Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"
