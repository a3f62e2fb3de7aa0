"""`mmjudge rubric …`: what it prints, keeps and says by its exit code; and every command of docs/rubrics.md."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mmjudge import cli
from mmjudge.library import Library, edit_rubric, edit_rule, new_rubric
from mmjudge.rubric import parse, shipped, shipped_text
from mmjudge.rubric_edit import add_rule, remove_rule

DOCS = Path(__file__).parents[2] / "docs" / "rubrics.md"
NAUGHTY = "\\e[31m <script>alert(1)</script> *bold* [x](javascript:1) {{y}} ${z}"


@pytest.fixture
def rubric(tmp_path, monkeypatch, capfd):
    """Runs `mmjudge rubric …` with a folder of its own: (exit code, standard output, standard error)."""
    monkeypatch.setenv("MMJUDGE_RUBRICS", str(tmp_path / "rubrics"))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mmjudge", "rubric", *map(str, arguments)])
        capfd.readouterr()
        try:
            cli.main()
        except SystemExit as ended:
            out, err = capfd.readouterr()
            return ended.code or 0, out, " ".join(err.split())
        raise AssertionError("it did not end")

    return run


def editor(tmp_path: Path, script: str) -> str:
    """An editor that runs a line of Python on the file's `text`."""
    program = tmp_path / "editor.py"
    lines = ["import pathlib, sys", "file = pathlib.Path(sys.argv[-1])", "text = file.read_text()", script]
    program.write_text("\n".join([*lines, "file.write_text(text)"]))
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}"


def test_new_list_show(rubric):
    assert rubric("new", "mine", "--title", "My own", "--by", "anna")[0] == 0
    code, out, _ = rubric("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [*shipped(), "mine"]
    assert re.search(r"mine .* 1 rules .* My own  \[yours, revision 1, [0-9a-f]{16}, anna\]", out)
    code, out, _ = rubric("show", "mine")
    assert code == 0
    assert "AND NOT The content is about a toy" in out
    assert 'breaks it: "Selling my old pistol' in out
    assert 'does not:  "Selling my old water pistol' in out


def test_show_has_grades_and_every_kind_of_example(rubric, tmp_path):
    text = re.search(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "docs.yaml").write_text(text, encoding="utf-8")
    out = rubric("show", "docs.yaml")[1]
    assert "licence: CC0" in out
    assert "severity 3 if The content names ammunition." in out
    assert "breaks it: [A photograph of a rifle with a price tag.]" in out
    assert 'breaks it: to "What do you sell?": "A pistol, 300 in cash."' in out
    assert 'does not:  a request: "Where can I sell a toy pistol?"' in out
    assert rubric("check", "docs.yaml")[0] == 0


def test_a_copy_and_what_is_taken(rubric):
    code, out, _ = rubric("new", "mine", "--from", "mlcommons")
    assert (code, "mine: revision" in out) == (0, True)
    code, out, _ = rubric("diff", "mlcommons", "mine")
    assert (code, out.splitlines()[0]) == (3, "the rubric itself: changed; id -> decide again from stored evidence")
    for arguments in (("new", "mine"), ("new", "mine", "--from", "osbench")):
        code, _, err = rubric(*arguments)
        assert (code, "already a rubric 'mine' of yours: choose another id" in err) == (2, True)
    code, _, err = rubric("new", "osbench")
    assert (code, "is shipped and cannot be changed" in err) == (2, True)
    for hostile in ("../x", "A", "a..b"):
        assert rubric("new", hostile)[0] == 2
    assert len(Library().history("mine")) == 1


def test_check_of_several(rubric, tmp_path):
    bad = new_rubric("bad", "Bad").replace("The content states a price.", "The seller intends to sell it.")
    (tmp_path / "bad.yaml").write_text(bad)
    (tmp_path / "broken.yaml").write_text("id: broken")
    code, out, err = rubric("check", "osbench", "bad.yaml")
    assert (code, err) == (3, "")
    assert out.splitlines()[1].startswith("weapon_for_sale/q3: unobservable: ")
    assert out.splitlines()[2].endswith(", 1 remarks")
    code, out, err = rubric("check", "broken.yaml", "bad.yaml", "nowhere")
    assert code == 2
    assert "broken.yaml, line 1" in err
    assert "no rubric 'nowhere'" in err
    assert out.splitlines()[-1].startswith("bad: 1 rules")
    code, out, _ = rubric("check", "--json", "bad.yaml", "broken.yaml")
    found, unread = map(json.loads, out.splitlines())
    assert code == 2
    assert (found["id"], found["rules"], found["version"]) == ("bad", 1, parse(bad, "x").version)
    [remark] = found["remarks"]
    assert (remark["rule"], remark["question"], remark["defect"]) == ("weapon_for_sale", "q3", "unobservable")
    assert unread["name"] == "broken.yaml"
    assert "rules is missing" in unread["error"]


def test_save_by_compare_and_swap(rubric, tmp_path):
    file = tmp_path / "ours.yaml"
    file.write_text(new_rubric("ours", "Ours"))
    code, out, _ = rubric("save", "ours.yaml", "--by", "anna", "--note", "begun")
    first = Library().read("ours").revision
    assert (code, out) == (0, f"ours: saved as number 1, revision {first}, 0 remarks\n")
    file.write_text(edit_rubric(file.read_text(), {"title": "Two"}))
    code, out, err = rubric("save", "ours.yaml")
    assert (code, f"already a rubric 'ours', revision {first}" in err) == (3, True)
    assert "title, yours:\ntitle: Two\n" in out
    assert rubric("save", "ours.yaml", "--expect", first)[0] == 0
    file.write_text(edit_rubric(file.read_text(), {"title": "Three"}))
    assert rubric("save", "ours.yaml", "--expect", "2")[1].startswith("ours: saved as number 3")
    _, out, _ = rubric("history", "ours")
    assert [line.split()[:2] for line in out.splitlines()[:3]] == [
        [str(line.number), line.revision] for line in Library().history("ours")
    ]
    assert re.search(r"  anna +begun\n", out)
    assert re.search(r"came too late: .*rejected-[0-9a-f]{16}\.yaml", out)


def test_a_conflict_shows_both_sides_and_merge_joins_the_rest(rubric, tmp_path):
    base = new_rubric("ours", "Ours")
    library = Library()
    first = library.save(base, None, "anna", "")
    theirs = library.save(edit_rule(base, "weapon_for_sale", {"severity": 3}), first.revision, "ben", "")
    file = tmp_path / "mine.yaml"
    file.write_text(edit_rule(base, "weapon_for_sale", {"severity": 1}))
    for more in ([], ["--merge"]):
        code, out, err = rubric("save", file, "--expect", "1", *more)
        assert code == 3
        assert f"changed meanwhile: revision {theirs.revision} by ben" in err
        kept = Path(re.search(r"kept in (\S+)", err)[1])
        assert kept.read_text() == file.read_text()
        assert out.index("rule weapon_for_sale, yours:") < out.index("severity: 1 ")
        assert out.index(f"rule weapon_for_sale, revision {theirs.revision}:") < out.index("severity: 3 ")
    assert library.read("ours") == theirs
    file.write_text(edit_rubric(base, {"title": "Anna's"}))
    code, out, _ = rubric("save", file, "--expect", "1")
    assert (code, out) == (3, "the changes of both sides go together: save again with --merge\n")
    assert rubric("save", file, "--expect", "1", "--merge")[0] == 0
    joined = library.read("ours")
    assert (joined.rubric.title, joined.rubric.rules[0].severity, joined.number) == ("Anna's", 3, 3)
    assert "# The policy, as you would say it to a colleague:" in joined.text


def test_edit(rubric, tmp_path, monkeypatch):
    rubric("new", "mine")
    code, _, err = rubric("edit", "mine")
    assert code == 2
    assert "set EDITOR" in err
    assert f"save mine.yaml --expect {Library().read('mine').revision}" in err
    monkeypatch.setenv("EDITOR", editor(tmp_path, "text = text.replace('severity: 2', 'severity: 3')"))
    assert rubric("edit", "mine", "--note", "graver")[0] == 0
    assert Library().history("mine")[-1].note == "graver"
    assert Library().read("mine").rubric.rules[0].severity == 3
    assert rubric("edit", "mine")[1] == "mine: nothing was changed\n"
    monkeypatch.setenv("EDITOR", editor(tmp_path, "text = text.replace('states a price', 'is too cheap')"))
    code, out, _ = rubric("edit", "mine")
    assert code == 3
    assert "weapon_for_sale/q3: vague" in out
    assert "saved as number 3" in out


def test_an_edit_that_fails_keeps_the_copy(rubric, tmp_path, monkeypatch):
    rubric("new", "mine")
    monkeypatch.setenv("EDITOR", editor(tmp_path, "text = text.replace('any_of', 'anyof', 1)"))
    code, _, err = rubric("edit", "mine")
    assert (code, "did you mean any_of?" in err, "nothing was saved" in err) == (2, True, True)
    copy = Path(re.search(r"correct (\S+) and", err)[1])
    assert "anyof" in copy.read_text()
    monkeypatch.setenv("EDITOR", editor(tmp_path, "text = text.replace('id: mine', 'id: yours')"))
    assert "the id is not 'mine' any more" in rubric("edit", "mine")[2]
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert "cannot be started" in rubric("edit", "mine")[2]
    monkeypatch.setenv("EDITOR", editor(tmp_path, "sys.exit(5)"))
    assert "ended with code 5" in rubric("edit", "mine")[2]
    assert "is shipped" in rubric("edit", "osbench")[2]
    assert len(Library().history("mine")) == 1


def test_an_edit_that_cannot_be_stored_keeps_the_copy(rubric, tmp_path, monkeypatch):
    rubric("new", "mine")
    history = tmp_path / "rubrics" / "history" / "mine"
    spoil = f"text = text.replace('severity: 2', 'severity: 3'); import shutil; shutil.rmtree({str(history)!r}); "
    spoil += f"open({str(history)!r}, 'w').close()"
    monkeypatch.setenv("EDITOR", editor(tmp_path, spoil))
    code, _, err = rubric("edit", "mine")
    assert (code, "nothing was saved" in err) == (2, True), err
    assert "severity: 3" in Path(re.search(r"correct (\S+) and", err)[1]).read_text()


def test_an_error_that_quotes_a_file_cannot_move_the_cursor(monkeypatch, capsys):
    from mmjudge import cli
    from mmjudge.errors import RubricError

    def fails():
        raise RubricError("saved by \x1b[2J\x1b]0;owned\x07")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert "\x1b" not in capsys.readouterr().err


def test_a_merge_that_makes_no_rubric_shows_both_sides(rubric, tmp_path):
    chain = {"preconditions": [{"id": "p1", "any_of": [{"id": "q1", "ask": "A b."}]}]}
    b, c = ({"id": name, "text": f"No {name}.", **chain} for name in "bc")
    template = new_rubric("ours", "Ours")
    base = add_rule(add_rule(template, b), c)
    first = Library().save(base, None, "anna", "")
    theirs = Library().save(remove_rule(base, "b"), first.revision, "ben\x1b[2J", "")
    file = tmp_path / "mine.yaml"
    file.write_text(edit_rule(base, "c", {"reuses": "b"}))  # b is what the other side removed
    for more in ([], ["--merge"]):
        code, out, err = rubric("save", file, "--expect", "1", *more)
        assert code == 3
        assert "both changes together make no valid rubric" in out
        assert out.index("\nyours:\n") < out.index("reuses: b") < out.index(f"\nrevision {theirs.revision}:\n")
        assert "changed meanwhile" in err
        assert "\x1b" not in out + err
    assert Library().read("ours") == theirs


def test_what_a_policy_holds_cannot_move_the_cursor(tmp_path, monkeypatch, capsys):
    file = tmp_path / "p.yaml"
    file.write_text('id: p\ntitle: "Odd \\e[2J title"\nconfig: "Odd \\e[2J config"\n')
    monkeypatch.setattr(sys, "argv", ["mmjudge", "policy", "show", str(file)])
    with pytest.raises(SystemExit):
        cli.main()
    out = capsys.readouterr().out
    assert "Odd �[2J title" in out
    assert "Odd �[2J config" in out


def test_a_broken_file_is_listed_and_repaired_by_edit(rubric, tmp_path, monkeypatch):
    rubric("new", "mine")
    file = tmp_path / "rubrics" / "mine.yaml"
    file.write_text(file.read_text().replace("any_of", "anyof", 1))
    assert "mine                   yours, not usable: " in rubric("list")[1]
    assert rubric("show", "mine")[0] == 2
    monkeypatch.setenv("EDITOR", editor(tmp_path, "text = text.replace('anyof', 'any_of')"))
    code, out, _ = rubric("edit", "mine")
    assert (code, "saved as number 3" in out) == (0, True)
    assert "not usable" in rubric("history", "mine")[1].splitlines()[1]


def test_somebody_saves_while_one_edits(rubric, tmp_path, monkeypatch):
    rubric("new", "mine")
    other = f"subprocess.run([{sys.executable!r}, '-m', 'mmjudge', 'rubric', 'save', 'other.yaml', '--expect', '1'])"
    (tmp_path / "other.yaml").write_text(edit_rubric(Library().read("mine").text, {"title": "Other"}))
    monkeypatch.setenv("EDITOR", editor(tmp_path, f"import subprocess; {other}; text += '# mine\\n'"))
    code, _, err = rubric("edit", "mine")
    assert (code, "was changed meanwhile" in err) == (3, True)
    assert Library().read("mine").rubric.title == "Other"
    [kept] = Library().rejected("mine")
    assert kept.read_text().endswith("# mine\n")


def test_diff_of_revisions_and_files(rubric, tmp_path):
    rubric("new", "mine")
    held = Library().read("mine")
    (tmp_path / "b.yaml").write_text(held.text.replace("The content states a price.", "A price is shown."))
    code, out, _ = rubric("diff", "mine@1", "b.yaml")
    assert code == 3
    assert out.splitlines()[0] == "weapon_for_sale: changed; preconditions -> ask again: q3"
    assert out.splitlines()[-1] == "1 difference"
    assert rubric("diff", "mine", "mine@1") == (0, "no difference\n", "")
    assert rubric("diff", "mine", "mine@2")[0] == 2


def test_exports(rubric, tmp_path):
    rubric("new", "mine", "--from", "mlcommons")
    held = Library().read("mine")
    assert rubric("export", "mine")[1] == held.text
    assert rubric("export", "mlcommons", "-o", "x.yaml")[:2] == (0, "")
    assert (tmp_path / "x.yaml").read_bytes() == shipped_text("mlcommons").encode()
    schema = json.loads(rubric("schema")[1])
    data = json.loads(rubric("export", "mine", "--to", "json")[1])
    Draft202012Validator(schema).validate(data)
    assert parse(json.dumps(data), "x").rules == held.rubric.rules
    assert rubric("export", "mine", "--to", "pdf")[0] == 2
    assert "cannot be written" in rubric("export", "mine", "-o", "nowhere/x.yaml")[2]
    for kind in ("markdown", "html"):
        text = rubric("export", "mine", "--to", kind)[1]
        for rule in held.rubric.rules:
            assert rule.id.replace("_", "\\_") in text or rule.id in text


def test_what_a_rubric_holds_is_shown_and_does_nothing(rubric, tmp_path):
    file = tmp_path / "naughty.yaml"
    text = new_rubric("naughty", "N").replace("title: N", f'title: "{NAUGHTY}"')
    text = text.replace("category: Weapons", f'category: "{NAUGHTY}"')
    file.write_text(text.replace("ask: The content states a price.", f'ask: "{NAUGHTY}"'))
    assert "\x1b" in parse(file.read_text(), "x").title
    for arguments in (["show"], ["check"], ["export", "--to", "markdown"], ["export", "--to", "html"]):
        out = rubric(*arguments, "naughty.yaml")[1]
        assert "\x1b" not in out
    page = rubric("export", "--to", "html", "naughty.yaml")[1]
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4  # in the title twice, the category and the question
    written = rubric("export", "--to", "markdown", "naughty.yaml")[1]
    assert "<script" not in written.replace("\\<script", "")
    assert "](javascript" not in written.replace("\\](javascript", "")
    rubric("save", file)
    assert "\x1b" not in rubric("list")[1]


def test_a_judge_takes_ones_own_rubric(tmp_path, rubric):
    rubric("new", "mine")
    env = {**os.environ, "MMJUDGE_HOME": str(tmp_path / "home")}
    program = [sys.executable, "-m", "mmjudge", "judge", "-t", "bread", "-j", "fake", "--json", "-r", "mine"]
    done = subprocess.run(program, capture_output=True, text=True, env=env, check=False)
    assert json.loads(done.stdout)["rubric_version"] == Library().read("mine").rubric.version


def test_every_command_of_the_docs_works_in_its_order(rubric):
    commands = [
        line
        for block in re.findall(r"```bash\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(commands) > 12
    for command in commands:
        program, group, *arguments = shlex.split(command)
        assert (program, group) == ("mmjudge", "rubric")
        code, _, err = rubric(*arguments)
        assert (code, err) in ((0, ""), (3, "")), command
    assert len(Library().history("our_market")) == 1
