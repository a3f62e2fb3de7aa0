"""Does the rater order wordings, and does rewriting help? `python scripts/bench_objectify.py pairs|rules`.

`pairs`: the 40 hand-written pairs (subjective wording, objective rewrite): in how many the rewrite is rated higher, by
the rater that measures and by the one that writes numbers. `rules`: the six labelled rules: each is objectified, the
result rated by the other rater, and both wordings are judged on the examples, each with its chain.
Every answer is kept in a file, so that a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import yaml

from mmjudge import media, proposals, rating
from mmjudge.objectify import Objectified, applied, objectify
from mmjudge.rubric import version_of
from mmjudge.session import open_backend, open_judge
from mmjudge.settings import Settings
from mmjudge.types import Missing, Precondition, Question, Rubric, Rule

CONTROLS = Path(__file__).parent / "controls"


class Kept:
    """Answers by name, one JSON line each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        self.known = dict(json.loads(line) for line in lines)

    def get(self, name: str, make: Callable[[], object]) -> object:
        if name not in self.known:
            self.known[name] = make()
            with self.path.open("a", encoding="utf-8") as out:
                out.write(json.dumps([name, self.known[name]]) + "\n")
        return self.known[name]


def value(answer: rating.Rating | Missing) -> dict[str, object]:
    """A rating, or why there is none, as plain data."""
    if isinstance(answer, Missing):
        return {"missing": answer.reason, "note": answer.note}
    return {"raw": answer.raw, "whole": answer.whole, "explanation": answer.explanation}


def pairs(kept: Kept, judge: str, which: str, words: bool) -> None:
    """Print how many pairs come out in the right order; a tie or a missing rating is not."""
    backend = open_backend(judge)
    listed = yaml.safe_load((CONTROLS / "objectiveness_pairs.yaml").read_text(encoding="utf-8"))[which]
    began, ends = time.perf_counter(), kept.get(f"{judge} scale", lambda: scale(backend))
    print(f"scale {ends}")
    on = rating.Scale(*ends)  # type: ignore[misc]
    raters: dict[str, Callable[[str], rating.Rating | Missing]] = {
        "measured": lambda rule: rating.measured(backend, rule, on, explain=False)
    }
    if words:
        raters["in words"] = lambda rule: rating.in_words(backend, rule)
    for name, rate in raters.items():
        right = tied = missing = 0
        for pair in listed:
            low, high = (kept.get(f"{judge} {name} {rule}", lambda r=rule, by=rate: value(by(r))) for rule in pair)
            if "raw" not in low or "raw" not in high:
                missing += 1
            else:
                right += high["raw"] > low["raw"]
                tied += high["raw"] == low["raw"]
            print(f"  {name}: {low.get('raw', '?')} {high.get('raw', '?')}  {pair[0]} | {pair[1]}", file=sys.stderr)
        print(f"{name}: {right} of {len(listed)} pairs in the right order, {tied} tied, {missing} without a rating")
    print(f"{time.perf_counter() - began:.0f} s")


def scale(backend) -> list[float]:
    found = rating.scale(backend)
    if isinstance(found, Missing):
        raise SystemExit(f"no scale: {found.note}")
    return list(found)


def rules(kept: Kept, judge: str, reasoning: bool) -> None:
    """Objectify each labelled rule; judge its examples under both wordings; print agreement and rank statistics."""
    from functools import partial

    listed = yaml.safe_load((CONTROLS / "rules_labelled.yaml").read_text(encoding="utf-8"))
    backend = open_backend(judge)
    on = rating.Scale(*kept.get(f"{judge} scale", lambda: scale(backend)))  # type: ignore[misc]
    rate = partial(rating.measured, backend, on=on)
    for row in listed:
        before = first(row["id"], row["text"])
        made = kept.get(f"{judge} objectified {row['id']}", lambda b=before: plain(objectify(backend, b, rate, tell)))
        proposed = proposals.read(made)
        after = applied(before, proposed)
        checked = kept.get(f"{judge} in words {after.objective_text}", lambda t=after: value(words(backend, t)))
        print(
            f"\n{row['id']}: {row['text']} (measured {proposed.rounds[0].rating and proposed.rounds[0].rating.whole})"
        )
        print(f"  -> {after.objective_text} (measured {proposed.objectiveness}, in words {checked.get('whole', '?')})")
        for entry in after.preconditions:
            print(f"     {' OR '.join(('' if q.expect else 'NOT ') + q.ask for q in entry.any_of)}")
        for problem in proposed.problems:
            print(f"     ! {problem}")
        single = first(row["id"], after.objective_text)
        for name, rule in (("subjective", before), ("objective", single), ("its chain", after)):
            told = kept.get(
                f"{judge} {reasoning} {name} {row['id']}", lambda r=rule, w=row: judged(judge, r, w, reasoning)
            )
            print(f"  {name:10}  {summary(told)}")


def first(rule_id: str, text: str) -> Rule:
    """A rule whose chain is one question: whether the content breaks it."""
    chain = (Precondition("p1", (Question("q1", f"The content breaks the rule: {text}"),)),)
    return Rule(rule_id, text, text, chain, ("text",))


def judged(judge: str, rule: Rule, row: dict, reasoning: bool) -> list[list]:
    """[label, truth, score] per example."""
    settings = Settings() if reasoning else Settings().without("reasoning")
    rubric = Rubric("bench", version_of("bench", (rule,)), "Bench", "", (rule,))
    ready = open_judge(judge, rubric, settings=settings)
    found = []
    for label, texts in ((True, row["breaks"]), (False, row["fine"])):
        for text in texts:
            [finding] = ready(media.read_isolated(media.item(text=text))).findings
            found.append([label, finding.truth.name, finding.score])
    return found


def summary(told: list[list]) -> str:
    """How many come out as labelled (UNKNOWN never does), and how well the score ranks."""
    right = sum(truth == ("YES" if label else "NO") for label, truth, _ in told)
    unknown = sum(truth == "UNKNOWN" for _, truth, _ in told)
    ranks = [(s > t) + 0.5 * (s == t) for a, _, s in told if a for b, _, t in told if not b if None not in (s, t)]
    auc = f"{sum(ranks) / len(ranks):.2f}" if ranks else "?"
    cut = sum((s is not None and s > 0.5) == label for label, _, s in told)
    return f"{right} of {len(told)} as labelled, {unknown} unknown; AUC {auc}; {cut} right by score above .5"


def plain(proposed: Objectified) -> dict:
    return asdict(proposed)


def words(backend, rule: Rule) -> rating.Rating | Missing:
    return rating.in_words(backend, rule.objective_text)


def tell(step) -> None:
    print(f"  … {step.note}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["pairs", "rules"])
    parser.add_argument("--which", default="test", help="pairs: test, or tune (for working on the prompt)")
    parser.add_argument("--words", action="store_true", help="the rater that writes numbers too (slow)")
    parser.add_argument("--reasoning", action="store_true", help="rules: reason about the undecided (slow)")
    parser.add_argument("--judge", default="embedded")
    parser.add_argument("--kept", type=Path, required=True, help="file of answers, for resuming")
    given = parser.parse_args()
    if given.what == "pairs":
        pairs(Kept(given.kept), given.judge, given.which, given.words)
    else:
        rules(Kept(given.kept), given.judge, given.reasoning)


if __name__ == "__main__":
    main()
