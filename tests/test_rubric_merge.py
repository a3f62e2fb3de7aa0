"""Two sides of one file: what one changed is taken, what both changed differently is told, and nothing is guessed."""

import pytest

from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, parse, shipped_text
from mmjudge.rubric_edit import add_rule, edit_rubric, edit_rule, remove_rule
from mmjudge.rubric_merge import merge

BASE = """\
# Ours.

id: ours
title: Ours
rules:
  # the first
  - id: a
    text: 'No a.' # short
    preconditions: [{id: p1, any_of: [{id: q1, ask: An a.}]}]
  - id: b
    text: No b.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A b.}]}]
  - id: c
    text: No c.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A c.}]}]
"""


def rule(rule_id: str, text: str) -> dict[str, object]:
    chain = [{"id": "p1", "any_of": [{"id": "q1", "ask": text}]}]
    return {"id": rule_id, "text": text, "preconditions": chain}


def ids(text: str) -> list[str]:
    return [r.id for r in parse(text, "x").rules]


def test_changes_in_different_places_go_together_and_comments_stay():
    mine = edit_rule(BASE, "a", {"severity": 1})
    theirs = edit_rubric(edit_rule(BASE, "b", {"severity": 3}), {"licence": "CC0"}) + "# the end\n"
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == ()
    expected = BASE.replace("  - id: a\n", "  - id: a\n    severity: 1\n")
    expected = expected.replace("  - id: b\n", "  - id: b\n    severity: 3\n")
    assert merged.text == expected.replace("title: Ours\n", "title: Ours\nlicence: CC0\n") + "# the end\n"
    assert merge(BASE, theirs, mine).text == merged.text


def test_nobody_or_one_side_or_both_alike():
    other = edit_rule(BASE, "a", {"severity": 1})
    assert merge(BASE, BASE, BASE).text == BASE
    for mine, theirs in ((other, BASE), (BASE, other), (other, other)):
        assert (merge(BASE, mine, theirs).text, merge(BASE, mine, theirs).conflicts) == (other, ())


def test_both_differently_is_a_conflict_with_both_sides():
    mine, theirs = (edit_rule(BASE, "b", {"severity": n}) for n in (1, 3))
    merged = merge(BASE, mine, theirs)
    [conflict] = merged.conflicts
    assert (conflict.where, conflict.rule_id) == ("rule b", "b")
    assert "severity: 1" in conflict.mine
    assert "severity: 3" in conflict.theirs
    assert merged.text == theirs
    settled = merge(BASE, mine, theirs, {"rule b": "mine"})
    assert (settled.text, settled.conflicts) == (mine, ())
    assert merge(BASE, mine, theirs, {"rule b": "theirs"}).conflicts == ()


def test_even_different_keys_of_one_rule_are_a_conflict():
    mine, theirs = edit_rule(BASE, "b", {"severity": 1}), edit_rule(BASE, "b", {"category": "B"})
    assert [c.where for c in merge(BASE, mine, theirs).conflicts] == ["rule b"]


def test_top_level_keys():
    mine, theirs = edit_rubric(BASE, {"title": "Mine"}), edit_rubric(BASE, {"title": "Theirs"})
    [conflict] = merge(BASE, mine, theirs).conflicts
    assert (conflict.where, conflict.rule_id) == ("title", "")
    assert (conflict.mine, conflict.theirs) == ("title: Mine", "title: Theirs")
    assert "title: Mine" in merge(BASE, mine, theirs, {"title": "mine"}).text


def test_added_rules_stand_where_each_side_put_them():
    mine = add_rule(BASE, rule("x", "No x."), after="a")
    theirs = add_rule(add_rule(BASE, rule("y", "No y."), after="a"), rule("z", "No z."))
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == ()
    assert ids(merged.text) == ["a", "x", "y", "b", "c", "z"]
    both = add_rule(BASE, rule("x", "No x."))
    assert ids(merge(BASE, both, both).text) == ["a", "b", "c", "x"]
    other = add_rule(BASE, rule("x", "No X at all."))
    assert [c.where for c in merge(BASE, both, other).conflicts] == ["rule x"]


def test_removed_rules():
    without = remove_rule(BASE, "b")
    assert ids(merge(BASE, without, BASE).text) == ids(merge(BASE, BASE, without).text) == ["a", "c"]
    assert ids(merge(BASE, without, without).text) == ["a", "c"]
    changed = edit_rule(BASE, "b", {"severity": 1})
    [mine] = merge(BASE, without, changed).conflicts
    assert (mine.where, mine.mine, "severity: 1" in mine.theirs) == ("rule b", "", True)
    [theirs] = merge(BASE, changed, without).conflicts
    assert theirs.theirs == ""
    assert ids(merge(BASE, changed, without, {"rule b": "mine"}).text) == ["a", "b", "c"]


def test_order_of_rules():
    first, second = (BASE[: BASE.index("  - id: b")], BASE[BASE.index("  - id: b") : BASE.index("  - id: c")])
    third = BASE[BASE.index("  - id: c") :]
    swapped, edited = first + third + second, edit_rule(BASE, "a", {"severity": 1})
    assert ids(swapped) == ["a", "c", "b"]
    for mine, theirs in ((swapped, edited), (edited, swapped)):
        merged = merge(BASE, mine, theirs)
        assert (ids(merged.text), merged.conflicts) == (["a", "c", "b"], ())
    head, a = first[: first.index("  # the first")], first[first.index("  # the first") :]
    [conflict] = merge(BASE, swapped, head + second + a + third).conflicts
    assert (conflict.where, conflict.mine, conflict.theirs) == ("the order of the rules", "a, c, b", "b, a, c")


def test_comments_are_changes_and_layout_is_not():
    commented = BASE.replace("  - id: b\n", "  # ask Anna\n  - id: b\n")
    laid_out = BASE.replace(
        "[{id: p1, any_of: [{id: q1, ask: A b.}]}]", "\n    - {id: p1, any_of: [{id: q1, ask: A b.}]}"
    )
    edited = edit_rule(BASE, "b", {"severity": 1})
    assert merge(BASE, commented, laid_out).text == commented
    assert merge(BASE, laid_out, edited).text == merge(BASE, edited, laid_out).text == edited
    assert [c.where for c in merge(BASE, commented, edited).conflicts] == ["rule b"]
    top = BASE.replace("# Ours.", "# Ours, all of us.")
    assert merge(BASE, top, edited).text == edited.replace("# Ours.", "# Ours, all of us.")
    other = merge(BASE, top, BASE.replace("# Ours.", "# Not theirs."))
    assert [c.where for c in other.conflicts] == ["the comments at the top"]


def test_without_a_base_whatever_differs_is_a_conflict():
    mine, theirs = edit_rule(BASE, "a", {"severity": 1}), add_rule(BASE, rule("x", "No x."))
    merged = merge(None, mine, theirs)
    assert [c.where for c in merged.conflicts] == ["rule a"]
    assert ids(merged.text) == ["a", "b", "c", "x"]


def test_other_indents_and_line_ends_are_laid_out_like_theirs():
    mine = add_rule(BASE.replace("\n  ", "\n"), rule("x", "No x."))
    theirs = edit_rule(BASE, "a", {"severity": 1}).replace("\n", "\r\n")
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == ()
    assert ids(merged.text) == ["a", "b", "c", "x"]
    assert "\r\n  - id: x\r\n    text: No x.\r\n" in merged.text
    assert merged.text.count("\n") == merged.text.count("\r\n")


def test_a_key_after_the_rules_never_lands_between_them():
    mine, theirs = f"{BASE}licence: CC0\n", add_rule(BASE, rule("x", "No x."))
    merged = merge(BASE, mine, theirs)
    assert merged.text == f"{theirs}licence: CC0\n"


def test_two_changes_that_break_each_other_are_an_error():
    base = edit_rule(BASE, "c", {"preconditions": [{"id": "p1", "any_of": [{"id": "q1", "ask": "A b."}]}]})
    with pytest.raises(RubricError, match=r"both changes together make no valid rubric: .*reuses names 'b'"):
        merge(base, edit_rule(base, "c", {"reuses": "b"}), remove_rule(base, "b"))
    with pytest.raises(RubricError, match="your rubric"):
        merge(BASE, "id: x\ntitle: X\nrules: [{id: a, text: x, preconditions: 1}]", BASE)


def test_a_long_rubric_is_joined_rule_by_rule():
    base, rules = shipped_text("mlcommons"), load_rubric("mlcommons").rules
    mine, theirs = base, base
    for n, r in enumerate(rules):
        if n % 2:
            mine = edit_rule(mine, r.id, {"objectiveness": 9})
        else:
            theirs = edit_rule(theirs, r.id, {"objectiveness": 10})
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    rated = [r.objectiveness for r in parse(merged.text, "x").rules]
    assert rated == [9 if n % 2 else 10 for n in range(len(rules))]
    assert len(merged.text.splitlines()) == len(base.splitlines()) + len(rules)
