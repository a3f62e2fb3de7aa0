"""A rubric as YAML, JSON, Markdown or a page of HTML. What it holds is text of others: escaped for each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mmjudge.cli.show import clean
from mmjudge.ui.markup import esc
from mmjudge.yamltext import read_yaml

if TYPE_CHECKING:
    from mmjudge.library import Held
    from mmjudge.types import Example, Precondition, Rule

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ margin: 2rem 0 0; }}
.small {{ color: #595959; }}
li {{ margin: .3rem 0; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111; color: #eee; }} .small {{ color: #aaa; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_json(held: Held) -> str:
    """The data of the file, as `rubrics/schema.json` describes them."""
    return json.dumps(read_yaml(held.text, held.id), indent=2) + "\n"


def as_markdown(held: Held) -> str:
    """A document with one section per rule."""
    rubric = held.rubric
    lines = [f"# {_md(rubric.title)}", "", _md(rubric.source), "", f"`{rubric.id}`, version {rubric.version}"]
    lines += ["", f"Licence: {_md(rubric.licence)}"] if rubric.licence else []
    for rule in rubric.rules:
        lines += ["", f"## {_md(rule.category or rule.id)}", "", f"`{rule.id}`, {_facts(rule)}", ""]
        lines += [_md(rule.text), "", *_md_objective(rule), "Broken if all of these hold:", ""]
        lines += [f"{n}. {' or '.join(map(_md, _asks(p)))}" for n, p in enumerate(rule.preconditions, 1)]
        if rule.grades:
            lines += ["", *(f"- Severity {g.severity} if: {_md(g.question.ask)}" for g in rule.grades)]
        if rule.examples:
            lines += ["", *(f"- {_kind(example)}: {_md(_words(example))}" for example in rule.examples)]
    return "\n".join(lines) + "\n"


def as_html(held: Held) -> str:
    """One page without a script or anything from elsewhere."""
    rubric = held.rubric
    parts = [f'<h1 dir="auto">{esc(rubric.title)}</h1>', f'<p dir="auto">{esc(rubric.source)}</p>']
    parts.append(f'<p class="small">{esc(rubric.id)}, version {esc(rubric.version)}</p>')
    if rubric.licence:
        parts.append(f'<p class="small" dir="auto">Licence: {esc(rubric.licence)}</p>')
    for rule in rubric.rules:
        parts.append(f'<h2 dir="auto">{esc(rule.category or rule.id)}</h2>')
        parts.append(f'<p class="small">{esc(rule.id)}, {esc(_facts(rule))}</p><p dir="auto">{esc(rule.text)}</p>')
        if rule.objective_text != rule.text:
            parts.append(f'<p dir="auto">{esc(rule.objective_text)}</p>')
        parts.append("<p>Broken if all of these hold:</p>")
        parts.append(_listed("ol", (" <em>or</em> ".join(map(esc, _asks(p))) for p in rule.preconditions)))
        parts.append(_listed("ul", (f"Severity {g.severity} if: {esc(g.question.ask)}" for g in rule.grades)))
        parts.append(_listed("ul", (f"{_kind(e)}: {esc(_words(e))}" for e in rule.examples)))
    return PAGE.format(title=esc(rubric.title), body="\n".join(part for part in parts if part))


FORMATS: dict[str, Callable[[Held], str]] = {
    "yaml": lambda held: held.text,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
}


def _md(text: str) -> str:
    """Text that Markdown shows as it is; nothing in it becomes a link, a heading, a list or HTML."""
    shown = _MARKS.sub(r"\\\1", clean(text))
    return re.sub(r"^(\s*)([-+=]|\d+[.)])", r"\1\\\2", shown)


def _md_objective(rule: Rule) -> list[str]:
    return [] if rule.objective_text == rule.text else [_md(rule.objective_text), ""]


def _facts(rule: Rule) -> str:
    rated = f", objectiveness {rule.objectiveness}" if rule.objectiveness else ""
    return f"severity {rule.severity}, shows in {', '.join(rule.modalities)}{rated}"


def _asks(precondition: Precondition) -> list[str]:
    return [q.ask if q.expect else f"Not: {q.ask}" for q in precondition.any_of]


def _kind(example: Example) -> str:
    return "Breaks it" if example.violates else "Does not"


def _words(example: Example) -> str:
    if example.described:
        return f"({example.text})"
    if example.prompt:
        return f"asked “{example.prompt}”, answered “{example.text}”"
    return f"asked “{example.text}”" if example.target == "prompt" else f"“{example.text}”"


def _listed(tag: str, entries: Iterable[str]) -> str:
    items = "".join(f'<li dir="auto">{entry}</li>\n' for entry in entries)
    return f"<{tag}>\n{items}</{tag}>" if items else ""
