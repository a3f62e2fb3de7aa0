"""A new rubric on the page: from a worked example, as a copy, or from a policy in plain words.

Knows the form and shows what would be made before it is. Refuses to overwrite: a name that is taken is said.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

import gradio as gr

from mmjudge.errors import MMJudgeError
from mmjudge.library import Held, Library, new_rubric
from mmjudge.policy_text import Stated, rules_of, stated
from mmjudge.rubric import shipped
from mmjudge.ui import words
from mmjudge.ui.frame import html
from mmjudge.ui.markup import esc, icon

MOST_POLICY = 100_000
KINDS = (
    ("A worked example to change", "example"),
    ("A copy of a rubric", "copy"),
    ("A policy in plain words", "policy"),
)


class New(NamedTuple):
    """The form's components."""

    group: gr.Column
    kind: gr.Radio
    title: gr.Textbox
    id: gr.Textbox
    source: gr.Dropdown
    policy: gr.Textbox
    preview: gr.HTML
    make: gr.Button
    leave: gr.Button
    message: gr.HTML

    @property
    def outputs(self) -> list:
        return list(self)

    @property
    def given(self) -> list:
        """What is read when it is made."""
        return [self.kind, self.title, self.id, self.source, self.policy]

    def hidden(self) -> dict:
        return {self.group: gr.update(visible=False), self.message: ""}

    def opened(self, choices: list[tuple[str, str]], source: str = "") -> dict:
        """The form, with what was typed into it before. `source`: the rubric of which a copy is wanted."""
        chosen: dict[Any, Any] = {self.group: gr.update(visible=True), self.message: ""}
        value = source or (choices[0][1] if choices else None)
        if not source:
            return {**chosen, self.source: gr.update(choices=choices, value=value)}
        picked = gr.update(choices=choices, value=value, visible=True)
        return {**chosen, **self.fitting("copy"), self.kind: "copy", self.source: picked}

    def fitting(self, kind: str) -> dict:
        """Only what the kind needs."""
        return {
            self.source: gr.update(visible=kind == "copy"),
            self.policy: gr.update(visible=kind == "policy"),
            self.preview: gr.update(visible=kind == "policy"),
        }

    def wire(self, quiet: dict[str, Any]) -> None:
        self.kind.change(self.fitting, [self.kind], [self.source, self.policy, self.preview], **quiet)
        self.policy.change(stated_html, [self.policy], [self.preview], trigger_mode="always_last", **quiet)


def draw_new() -> New:
    with gr.Column(visible=False, elem_id="mm-rb-new", elem_classes="mm-panel") as group:
        html('<h2 id="mm-new-title" tabindex="-1">A new rubric</h2>')
        kind = gr.Radio(KINDS, value="example", label="Begin with", elem_id="mm-new-kind")
        source = gr.Dropdown([], label="Copy of", visible=False, elem_id="mm-new-source")
        with gr.Row(elem_classes="mm-who-row"):
            title = gr.Textbox(label="Title", max_length=200, elem_id="mm-new-name")
            rubric_id = gr.Textbox(
                label="Short name (may stay empty)",
                info="Lower-case letters, digits, _ - and full stops; made from the title if empty.",
                max_length=64,
                elem_id="mm-new-id",
            )
        policy = gr.Textbox(
            label="The policy, as it is written",
            placeholder="One rule per sentence or bullet: “Do not sell weapons.” Headings become categories.",
            lines=10,
            max_lines=24,
            max_length=MOST_POLICY,
            visible=False,
            elem_id="mm-new-policy",
        )
        preview = html(stated_html(""), visible=False, elem_id="mm-new-preview")
        with gr.Row(elem_classes="mm-go"):
            make = gr.Button("Make it", variant="primary", elem_id="mm-new-make")
            leave = gr.Button("Cancel", elem_id="mm-new-leave")
        message = html("", elem_id="mm-new-message")
    return New(group, kind, title, rubric_id, source, policy, preview, make, leave, message)


def made(library: Library, who: str, kind: str, title: str, rubric_id: str, source: str, policy: str) -> Held:
    """The new rubric, saved. MMJudgeError in words where something is missing or the name is taken."""
    title = " ".join((title or "").split())
    known = {entry.id for entry in library.names()}
    if kind == "copy" and source not in known:
        raise MMJudgeError("Choose a rubric to copy: the one you chose is not here any more.")
    if not title and kind == "copy":
        title = f"{library.read(source).rubric.title} (copy)"
    if not title:
        raise MMJudgeError("The title is missing: write what the rubric is to be called.")
    name = (rubric_id or "").strip() or slug_of(title)
    if not name:
        raise MMJudgeError("Write a short name of lower-case letters and digits: the title has none to make it from.")
    if library.has(name) or name in shipped():
        raise MMJudgeError(f"There is already a rubric {name!r}: write another short name.")
    if kind == "copy":
        return library.copy(source, name, title, who)
    if kind == "policy":
        rules = rules_of(policy or "")
        if not rules:
            raise MMJudgeError("No sentence of the policy states a rule: write “must not”, “no …” or “do not …”.")
        return library.save(new_rubric(name, title, rules), None, who, "from a policy in plain words")
    return library.save(new_rubric(name, title), None, who, "new, from the worked example")


def slug_of(title: str) -> str:
    """A short name out of a title: "Häme & Spott" -> "hame_spott"; "" where it has no letter or digit to use."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].rstrip("_")


def stated_html(policy: str | None) -> str:
    """Which sentences of a policy are taken as rules, and which are not, in their order. Pure."""
    found = stated((policy or "")[:MOST_POLICY])
    if not found:
        return '<p class="mm-quiet">Paste a policy: here you will see which sentences become rules.</p>'
    taken = sum(one.rule for one in found)
    left = len(found) - taken
    rows = "".join(_stated(one) for one in found)
    hint = " To take another sentence as a rule, say in it what must not be." if left else ""
    return (
        f'<section class="mm-stated" aria-label="What becomes a rule"><p role="status"><b>'
        f"{words.plural(taken, 'sentence becomes a rule', 'sentences become rules')}, {left} "
        f"{'does' if left == 1 else 'do'} not.</b>{hint}</p><ol>{rows}</ol></section>"
    )


def _stated(one: Stated) -> str:
    mark = f"{icon('done')}<b>Rule</b>" if one.rule else f"{icon('idle')}<span>Not a rule</span>"
    under = f'<span class="mm-tag">{esc(one.category)}</span>' if one.category else ""
    kind = "taken" if one.rule else "left"
    return f'<li class="{kind}"><p class="mm-stated-kind">{mark}{under}</p><p dir="auto">{esc(one.text)}</p></li>'
