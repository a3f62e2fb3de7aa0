"""`mmjudge plan` through the real command line."""

import pytest
from typer.testing import CliRunner

from mmjudge.cli import app


def plan(*given):
    return CliRunner().invoke(app, ["plan", *given])


def test_a_plan_is_two_lines_of_words():
    done = plan("kappa", "--within", "0.1", "--seconds", "36")
    first, second = done.stdout.splitlines()
    assert first == (
        "To know a kappa near 0.6 to within 0.1 at prevalence 0.1, let both answer 705 items drawn at random."
    )
    assert second.startswith("2 people each: 1,410 answers, 14.1 hours at 36 s.")


def test_only_what_was_flagged_need_be_labelled_for_a_precision():
    first, second = plan("precision").stdout.splitlines()
    assert "label 141 items drawn at random from what the judge flagged, or 1,410 drawn" in first
    assert second.startswith("one person each: 141 answers")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["recall", "--prevalence", "0"], "where nothing violates no recall can be known"),
        (["recall", "--within", "1.5"], "within is 1.5: it lies between 0 and 1"),
        (["prevalence", "--judge", "1"], "the judge's correlation is 1.0: it lies in [0, 1)"),
        (["kappa", "--expect", "-0.9"], "a kappa of -0.9 cannot be at a prevalence of 0.1"),
        (["compare", "--difference", "0.2"], "must part on at least as many items, not on 0.1"),
        (["prevalence", "--within", "0.0000001"], "allow for more doubt"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(given, why):
    done = plan(*given)
    assert done.exit_code == 2
    assert why in " ".join(done.stderr.split())
