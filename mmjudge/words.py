"""What people are told: verdicts, reasons and paths in plain words, for the command line and the pages alike.

Pure: values in, plain text out. Refuses to know colours, HTML and terminals; whoever shows a word escapes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.routes import Destination
from mmjudge.types import Finding, Reason, Route, TriClass, Truth, Verdict

LABELS: dict[TriClass, str] = {
    "safe": "safe",
    "controversial": "controversial",
    "unsafe": "unsafe",
    "needs_review": "needs review",
}

REASONS: dict[Reason, str] = {
    "undecodable": "could not be decoded",
    "too_large": "larger than the limits allow",
    "timed_out": "took too long",
    "unsupported_modality": "nothing here can take this kind of content",
    "not_observable": "not observable by this judge",
    "not_asked": "not asked",
    "no_answer_mass": "the model put too little probability on yes or no",
    "refused": "the model refused to answer",
    "unparsed": "the model's reply did not have the agreed form",
    "backend_failed": "the model failed",
}

ROUTES: dict[Route, str] = {
    "rejected_s1": "no: far below the prior (strategy 1)",
    "accepted_s1": "yes: far above the prior (strategy 1)",
    "accepted_s2": "yes: hangs on the located object (strategy 2)",
    "reasoned_yes": "yes: by reasoning",
    "reasoned_no": "no: by reasoning",
    "undecided": "undecided by its probabilities",
    "scored": "scored",
    "bounded": "at most: the guard named no category",
    "doubted": "the guard itself calls it controversial",
    "": "",
}

DESTINATIONS: dict[Destination, str] = {
    "pass": "pass",
    "caution": "pass with a caution or a grounded answer",
    "priority_review": "priority review by a person",
    "person": "a person",
    "block": "block",
}

ALLOWED = "allowed by the policy"

TRUTHS: dict[Truth, str] = {Truth.NO: "no", Truth.UNKNOWN: "unknown", Truth.YES: "violated"}


def coverage(verdict: Verdict) -> str:
    """One sentence: what was found, by how many of the rules, and what stayed open."""
    applicable = [f for f in verdict.findings if f.applies]
    if not applicable:
        return "no rule of this rubric speaks to this item"
    found = _found(applicable)
    known, total = verdict.assessed, verdict.applicable
    if known == total:
        return f"{found}; all {total} {'rule was' if total == 1 else 'rules were'} assessed"
    blind = sum(f.truth is Truth.UNKNOWN and f.reasons == ("not_observable",) for f in applicable if f.counts)
    aside = sum(f.truth is Truth.UNKNOWN and f.allowed for f in applicable)
    open_ = total - known - blind - aside
    parts = [f"{found} by the {known} of {total} rules this judge can observe"] if blind and not open_ + aside else []
    parts = parts or [f"{found}; {known} of {total} rules assessed"]
    parts += [f"{blind} not observable"] if blind else []
    parts += [f"{open_} unknown"] if open_ else []
    parts += [f"{aside} unknown, {ALLOWED}"] if aside else []
    return "; ".join(parts)


def _found(applicable: Sequence[Finding]) -> str:
    """ "2 rules violated; 1 rule violated, allowed by the policy", "nothing found"."""
    parts = []
    for allowed, said in ((False, "violated"), (True, f"violated, {ALLOWED}")):
        n = sum(f.truth is Truth.YES and f.allowed is allowed for f in applicable)
        parts += [f"{n} {'rule' if n == 1 else 'rules'} {said}"] if n else []
    return "; ".join(parts) or "nothing found"


def why(finding: Finding) -> str:
    """Why a finding is what it is, in a few words."""
    if not finding.applies:
        return "nothing here this rule speaks to"
    if finding.truth is Truth.UNKNOWN:
        return ", ".join([*(REASONS[reason] for reason in finding.reasons), *([ALLOWED] if finding.allowed else [])])
    if finding.truth is Truth.YES and finding.allowed:
        return f"violated, {ALLOWED}"
    if finding.truth is Truth.YES and finding.controversial:
        return "violated, but weakly or mildly: controversial"
    return ""
