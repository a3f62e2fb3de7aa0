"""`mmjudge rubric objectify` and `rejudge` as a process of their own, with the scripted judge."""

import json

from test_commands import mmjudge, rubric  # noqa: F401


def test_replies_off_format_are_reported_and_nothing_is_changed(mmjudge, rubric):  # noqa: F811
    before = rubric.read_text()
    code, out, err = mmjudge("rubric", "objectify", rubric, "--judge", "fake", "--rater", "words", "--rounds", "1")
    assert code == 3
    assert "[1 of 1] kill" in out
    assert "! rating: the reply must end in one" in out
    assert "! chain: not an entry of a numbered list" in out
    assert "nothing was changed" in out
    assert "rewriting, round 1 of 1" in err
    assert rubric.read_text() == before


def test_a_second_run_asks_nothing_again(mmjudge, rubric):  # noqa: F811
    asked = ("rubric", "objectify", rubric, "--judge", "fake", "--rater", "words", "--rounds", "1", "--json")
    _, first, _ = mmjudge(*asked)
    code, second, err = mmjudge(*asked)
    assert first == second
    assert "rewriting" not in err
    assert code == 3
    told = json.loads(first)
    assert told["rule_id"] == "kill"
    assert told["objectiveness"] == 0
    assert told["preconditions"] == []


def test_a_model_that_cannot_tell_says_what_to_do(mmjudge, rubric):  # noqa: F811
    code, _, err = mmjudge("rubric", "objectify", rubric, "--judge", "fake")
    assert code == 2
    assert "--rater words" in err


def test_only_ones_own_rubric_takes_proposals_over(mmjudge, rubric):  # noqa: F811
    code, _, err = mmjudge("rubric", "objectify", rubric, "--judge", "fake", "--approve-all")
    assert code == 2
    assert "mmjudge rubric new MINE --from" in err
    code, _, err = mmjudge("rubric", "objectify", "cosa", "nobody", "--judge", "fake")
    assert code == 2
    assert "has no rule 'nobody'" in err


def test_approved_proposals_become_a_revision(mmjudge, rubric):  # noqa: F811
    assert mmjudge("rubric", "save", rubric)[0] == 0
    asked = ("rubric", "objectify", "small", "--judge", "fake", "--rater", "words", "--rounds", "0")
    code, _, err = mmjudge(*asked, "--approve", "kill")
    assert code == 2
    assert "nothing is proposed yet for kill: look first" in err
    assert mmjudge(*asked)[0] == 3  # the scripted judge's replies are off: what it can propose is the wording as it was
    code, _, err = mmjudge(*asked, "--approve-all")
    assert code == 2
    assert "without problems" in err
    code, _, err = mmjudge(*asked, "--approve", "kill")
    assert code == 0
    assert "taken over into small: kill" in err


def test_what_a_rubric_or_a_model_says_cannot_move_the_cursor(mmjudge, rubric):  # noqa: F811
    rubric.write_text(rubric.read_text().replace("text: No killing.", 'text: "No \\e[2J killing."'))
    _, out, _ = mmjudge("rubric", "objectify", rubric, "--judge", "fake", "--rater", "words", "--rounds", "0")
    assert "killing" in out
    assert "\x1b" not in out


def test_an_edited_rubric_is_judged_again_where_it_changed(mmjudge, rubric):  # noqa: F811
    assert mmjudge("rubric", "save", rubric)[0] == 0
    assert mmjudge("judge", "--text", "I will kill you", "--judge", "fake", "--rubric", "small")[0] == 1
    now = (
        mmjudge("rubric", "export", "small")[1]
        .replace("No killing.", "No killing!")
        .replace("Someone threatens to kill.", "Someone says that they will kill somebody.")
    )
    rubric.write_text(now)
    assert mmjudge("rubric", "save", rubric, "--expect", "1", "--note", "reworded")[0] == 0
    code, out, _ = mmjudge("rubric", "rejudge", "small", "--judge", "fake")
    assert code == 0
    assert "1 items judged under small" in out
    assert "asked everything" in out  # its only rule changed
    assert "0 items judged" in mmjudge("rubric", "rejudge", "small", "--judge", "fake")[1]


def test_a_policy_in_plain_words_becomes_a_rubric(mmjudge, tmp_path):  # noqa: F811
    (tmp_path / "policy.md").write_text("# Market\nWe are friendly.\n- Do not sell medicine.\n- No weapons.\n")
    code, out, _ = mmjudge("rubric", "new", "market", "--policy", "policy.md")
    assert code == 0
    assert "line 2: not taken as a rule: We are friendly." in out
    code, shown, _ = mmjudge("rubric", "show", "market")
    assert code == 0
    assert "r01_sell_medicine: Market" in shown
    assert "The content breaks the rule: No weapons." in shown
    (tmp_path / "nothing.md").write_text("We are friendly.")
    code, _, err = mmjudge("rubric", "new", "none", "--policy", "nothing.md")
    assert code == 2
    assert "states no rule" in err
