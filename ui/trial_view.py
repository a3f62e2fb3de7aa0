"""What came of a rule, or a whole rubric, tried on something, as HTML: verdicts, answers, what one other would do.

Pure. Knows trials and verdicts. Refuses to decide: truths come from `decide` under the policies given.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.calibration import Calibration
from mmjudge.policy import Policy
from mmjudge.trials import Look, Trial
from mmjudge.truth_table import change_sentence, what_if
from mmjudge.types import Evidence, Finding, Rubric, Truth, Verdict
from mmjudge.ui import words
from mmjudge.ui.bars import number
from mmjudge.ui.case import ICONS, KINDS, Case
from mmjudge.ui.chain_view import chain_html, whole_rule_html
from mmjudge.ui.evidence_view import evidence_html
from mmjudge.ui.markup import esc, icon, isolated
from mmjudge.ui.tree_view import tree_html

MOST_LOOKS = 4
BETWEEN = "an answer lies between the thresholds, and this judge does not reason about it"


def trial_html(trial: Trial, verdicts: Sequence[Verdict], policies: Sequence[Policy], judge: str) -> str:
    """One rule: what each policy makes of it, whether the example came out as it says, and the trace on its chain."""
    rows = "".join(_rule_row(v.findings[0], p, trial) for v, p in zip(verdicts, policies, strict=True))
    notes = f'<p class="mm-note" dir="auto">{esc(trial.note)}</p>' if trial.note else ""
    looks = "".join(_look(trial, look, n, len(trial.looks)) for n, look in enumerate(trial.looks[:MOST_LOOKS]))
    looks = looks or '<p class="mm-quiet">Nothing was asked, so there is no trace.</p>'
    name = words.rule_name(trial.rule)
    return (
        f'<section class="mm-trial" aria-labelledby="mm-trial-title" data-announce="{esc(_spoken(trial, name))}">'
        f'<h2 id="mm-trial-title">{isolated(name)}: {words.TRUTHS[trial.truth].lower()}</h2>{_expected(trial)}{notes}'
        f"{_table(('Policy', 'Rule', 'Score', 'Why'), rows)}{looks}{_facts(judge, trial.measurement.seconds)}</section>"
    )


def _spoken(trial: Trial, name: str) -> str:
    return f"{name}: {words.TRUTHS[trial.truth].lower()}."


def _expected(trial: Trial) -> str:
    if trial.example is None:
        return ""
    says = "breaks the rule" if trial.example.violates else "is a near miss that does not break it"
    came = {
        True: ("done", "It came out so."),
        False: ("controversial", "It came out the other way round: look where the trace parts from what you expect."),
        None: ("needs_review", "That is not known: an answer is open."),
    }[trial.right]
    return f'<p class="mm-expected">{icon(came[0])}<span>The example {says}. {came[1]}</span></p>'


def _table(heads: Sequence[str], rows: str) -> str:
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f'<div class="mm-table"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _rule_row(finding: Finding, policy: Policy, trial: Trial) -> str:
    truth, kind = (finding.truth, KINDS[finding.truth]) if finding.applies else (Truth.UNKNOWN, "idle")
    said = words.TRUTHS[truth] if finding.applies else "Does not apply"
    picture = ICONS[truth] if finding.applies else "idle"
    if finding.controversial:
        said, kind, picture = "Controversial", "maybe", "controversial"
    why = words.reasons_in_words(finding.reasons) if finding.truth is Truth.UNKNOWN else ""
    if why and trial.undecided and set(finding.reasons) == {"not_asked"}:
        why = BETWEEN
    why = words.ALLOWED if finding.allowed else why
    return (
        f'<tr><th scope="row">{isolated(_short(policy))}</th><td><span class="mm-truth {kind}">{icon(picture, kind)}'
        f"{said}</span></td><td>{_score(finding.score)}</td><td>{esc(why) or '–'}</td></tr>"
    )


def _score(score: float | None) -> str:
    return "none" if score is None else number(score)


def _short(policy: Policy) -> str:
    return policy.title.partition(":")[0] or policy.id


def _look(trial: Trial, look: Look, n: int, total: int) -> str:
    """One way it was looked at: the trace on the tree, and what one other answer would change."""
    way = f", looking at {' and '.join(look.modalities)}" if look.modalities else ""
    many = f", look {n + 1} of {total}" if total > 1 else ""
    found = what_if(trial.rule, look.answers)
    lines = "".join(f'<li dir="auto">{esc(change_sentence(change))}</li>' for change in found.changes)
    other = f'<h4>What one other answer would change</h4><ul class="mm-ways">{lines}</ul>' if lines else ""
    return (
        f"<h3>The trace{esc(way)}{many}</h3>"
        f'<div class="mm-twin"><div>{tree_html(trial.rule, look.answers)}</div><div>{other}</div></div>'
        f"<h4>Every answer with its numbers</h4>{_answers(trial, look)}"
    )


def _answers(trial: Trial, look: Look) -> str:
    """The probabilities with and without the content, the thresholds, and how each question was settled."""
    pieces = [p for p in trial.evidence if p.segment == look.segment and p.modalities == look.modalities]
    about: list[Evidence] = [p for p in trial.evidence if p.segment == look.segment and not p.question_id]
    rubric = Rubric("", "", "", "", (trial.rule,))
    case = Case(rubric, trial.measurement, (trial.finding,), trial.policy)
    whole = "".join(whole_rule_html(piece, trial.policy) for piece in about)
    return whole + chain_html(case, trial.rule, [piece for piece in pieces if piece.question_id])


def whole_html(
    rubric: Rubric,
    verdicts: Sequence[Verdict],
    policies: Sequence[Policy],
    calibration: Calibration | None,
    judge: str,
) -> str:
    """The whole rubric: the verdict of each policy side by side, then the evidence under the first of them."""
    rows = "".join(_verdict_row(v, p, rubric) for v, p in zip(verdicts, policies, strict=True))
    first, policy = verdicts[0], policies[0]
    case = Case(rubric, first.measurement, first.findings, policy, calibration, sole="text")
    spoken = f"{words.LABELS[first.label]}. {words.headline(first, rubric)}"
    return (
        f'<section class="mm-trial" aria-labelledby="mm-trial-title" data-announce="{esc(spoken)}">'
        f'<h2 id="mm-trial-title">The whole rubric</h2>'
        f"{_table(('Policy', 'Verdict', 'Score', 'Broken rules'), rows)}"
        f'<p class="mm-coverage">{esc(words.coverage(first))}</p>{_facts(judge, first.measurement.seconds)}</section>'
        f'<p class="mm-step">Every answer, decided under {esc(_short(policy))}</p>{evidence_html(case)}'
    )


def _verdict_row(verdict: Verdict, policy: Policy, rubric: Rubric) -> str:
    broken = [words.rule_name(rubric.rule(rule_id)) for rule_id in verdict.categories]
    broken += [f"{words.rule_name(rubric.rule(rule_id))} ({words.ALLOWED})" for rule_id in verdict.allowed]
    pill = f'<span class="mm-pill {verdict.label}">{icon(verdict.label)}{words.LABELS[verdict.label]}</span>'
    return (
        f'<tr><th scope="row">{isolated(_short(policy))}</th><td>{pill}</td><td>{_score(verdict.score)}</td>'
        f"<td>{isolated(words.listed(broken))}</td></tr>"
    )


def _facts(judge: str, seconds: float) -> str:
    took = words.seconds(seconds)
    return f'<p class="mm-quiet">Judged by {isolated(judge)} in {took}. Nothing of a trial is stored.</p>'
