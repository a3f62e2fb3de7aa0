"""The views: right words and numbers, and whatever hostile text goes in comes out as text."""

from __future__ import annotations

import math
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ui_stand_in import rubric

from mmjudge.calibration import Calibration, RuleCalibration
from mmjudge.chain import settle
from mmjudge.decide import decide
from mmjudge.policy import LOOSE, STRICT, Policy
from mmjudge.probability import debiased
from mmjudge.samples import samples
from mmjudge.store import VerdictRow
from mmjudge.types import (
    REASONS,
    Evidence,
    Gap,
    Heard,
    Item,
    Label,
    Measurement,
    Media,
    Passage,
    Step,
    Truth,
    Turn,
    Verdict,
)
from mmjudge.ui import words
from mmjudge.ui.bars import bounds, meter, number, percent, probe_bar, score_bar
from mmjudge.ui.case import Case
from mmjudge.ui.evidence_view import evidence_html
from mmjudge.ui.item_view import Run, bytes_in_words, document, item_html, kind_of, runs, text_html, turns_html
from mmjudge.ui.markup import esc, icon, isolated, shortened
from mmjudge.ui.moments_view import Glimpse, Revealed
from mmjudge.ui.progress import Progress, advance, progress_html
from mmjudge.ui.samples_view import samples_html
from mmjudge.ui.view import card_html, history_html, labels_html, message_html, redecided_html

RUBRIC = rubric()
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</details></section><h1>gone</h1>",
    "${alert(1)} {{constructor}} `x`",
    "\u202eevil\u2066 txt.exe",
    "nul\x00 bell\x07 lone\ud800",
    "A" * 10_000,
    "&lt;b&gt; &amp;",
    "javascript:alert(1)",
)
KNOWN_TAGS = {
    *("a", "audio", "b", "bdi", "blockquote", "button", "dd", "details", "div", "dl", "dt", "figcaption", "figure"),
    *("h1", "h2", "h3", "h4", "header", "i", "img", "li", "mark", "nav", "ol", "p", "section", "span", "strong"),
    *("summary", "svg", "path", "circle", "rect", "ul", "video"),
}


class Tags(HTMLParser):
    """Tags, attribute names and shown text of some HTML; fails on tags that are not closed in order."""

    VOID = frozenset({"img", "br", "path", "circle", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


def harmless(html: str) -> Tags:
    """Well-formed, only our own tags, no handler, nothing gradio's templates would take for theirs."""
    html.encode("utf-8")
    parsed = Tags(html)
    assert set(parsed.tags) <= KNOWN_TAGS, set(parsed.tags) - KNOWN_TAGS
    assert not {name for name in parsed.attributes if name.startswith("on")}
    assert "${" not in html
    assert "{{" not in html
    return parsed


def asked(rule: str, question: str, m: float, prior: float | None = 0.3, segment: int = 0, **more) -> Evidence:
    return Evidence(
        rule, question, segment, "probe", "model", ("text",), debiased(m, prior), m=m, prior=prior, mass=0.9, **more
    )


def missing(rule: str, question: str, reason: str, segment: int = 0, stage: str = "probe") -> Evidence:
    return Evidence(rule, question, segment, stage, "model", ("text",), reason=reason)


def verdict_on(evidence, passages=None, gaps=(), policy=LOOSE, calibration=None) -> Verdict:
    passages = passages or (Passage(0, "whole", chars=(0, 20), text="You will break, fool", modalities=("text",)),)
    measured = Measurement("item", "measurer", tuple(passages), tuple(gaps), tuple(evidence), 1.25)
    return decide(RUBRIC, measured, policy, "judge", calibration)


def case_of(verdict: Verdict, policy=LOOSE, **more) -> Case:
    return Case(RUBRIC, verdict.measurement, verdict.findings, policy, **more)


CLEAR = [
    asked("violent_threats", "q1", 0.02),
    asked("violent_threats", "q2", 0.02),
    asked("violent_threats", "q3", 0.02),
    asked("stolen_cards", "q1", 0.02),
    asked("stolen_cards", "q2", 0.02),
    asked("insults", "q1", 0.02),
]
THREAT = [asked("violent_threats", "q1", 0.97), asked("violent_threats", "q2", 0.97), *CLEAR[2:]]


# --- numbers ---------------------------------------------------------------------------------------------------


def test_bounds_by_hand():
    # prior 0.3: no below 0.3 - 0.3 * 0.3 = 0.21; yes above 0.3 + 0.8 * 0.7 = 0.86. Without a prior 0.5: 0.35 and 0.9.
    assert bounds(0.3, LOOSE) == pytest.approx((0.21, 0.86))
    assert bounds(None, LOOSE) == pytest.approx((0.35, 0.9))


@given(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 1), st.floats(0, 1))
def test_the_bar_says_what_decide_settles(m, prior, reject, accept):
    policy = Policy(reject=reject, accept=accept)
    low, high = bounds(prior, policy)
    if min(abs(m - low), abs(m - high)) < 1e-9:
        return  # on the very edge rounding decides, which no bar can show
    expected = Truth.NO if m < low else Truth.YES if m > high else Truth.UNKNOWN
    assert settle(asked("r", "q", m, prior), policy).truth is expected


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.00"), (1.0, "1.00"), (0.004, "<0.01"), (0.996, ">0.99"), (0.345, "0.34"), (0.5, "0.50")],
)
def test_numbers_never_round_to_certainty(value, said):
    assert number(value) == said


def test_places_stay_on_the_bar():
    assert (percent(-0.2), percent(0.255), percent(1.7)) == ("0.0%", "25.5%", "100.0%")


def test_probe_bar_says_everything_in_words():
    bar = harmless(probe_bar(0.91, 0.32, LOOSE, 0.2))
    for said in ("with the content 0.91", "without it 0.32", "without the central object 0.20", "“no” below 0.22"):
        assert said in bar.text
    assert "no prior measured" in harmless(probe_bar(0.5, None, LOOSE)).text
    assert "aria-label" in bar.attributes
    assert "score 0.25" in harmless(score_bar(0.25)).text
    assert "—" in meter(None)


def test_times_and_sizes_in_words():
    assert [words.clock(t) for t in (0, 3.5, 59.96, 61, 3723.25)] == ["0:00", "0:03.5", "1:00", "1:01", "1:02:03.2"]
    assert [words.seconds(t) for t in (0.04, 9.94, 12.4, 59.6, 125)] == [
        "0.0 s",
        "9.9 s",
        "12 s",
        "1 min 0 s",
        "2 min 5 s",
    ]
    assert [bytes_in_words(n) for n in (812, 34_400, 1_240_000)] == ["812 B", "34 kB", "1.2 MB"]
    assert [words.ago(1000, now) for now in (1030, 1061, 1000 + 7200)] == ["just now", "1 minute ago", "2 hours ago"]


# --- words -----------------------------------------------------------------------------------------------------


def test_not_observable_is_said_in_the_agreed_words():
    image = Passage(0, "whole", modalities=("text", "image"), seen="words")
    blind = [
        Evidence(rule, "", 0, "probe", "", ("image",), reason="not_observable")
        for rule in ("violent_threats", "stolen_cards", "nudity")
    ]
    verdict = verdict_on([*CLEAR, *blind], [image])
    assert verdict.label == "needs_review"
    assert words.coverage(verdict) == "Nothing found by the 1 of 4 rules this judge can observe; 3 not observable."


def test_every_other_reason_is_named_and_counted():
    verdict = verdict_on([*CLEAR[:-1], missing("insults", "q1", "refused")])
    said = words.coverage(verdict)
    assert "the model refused to answer (1)" in said
    assert "1 rule does not speak to this kind of item" in said
    assert set(words.REASONS) == set(REASONS)


def test_headlines():
    assert words.headline(verdict_on(THREAT), RUBRIC) == "It breaks Violent threats."
    assert "every rule" in words.headline(verdict_on(CLEAR), RUBRIC)
    assert "a person should look" in words.headline(verdict_on([]), RUBRIC)
    mild = verdict_on(THREAT, policy=replace(LOOSE, unsafe_from=1.0))
    assert mild.label == "controversial"
    assert "may break Violent threats" in words.headline(mild, RUBRIC)
    assert words.listed(["A", "B", "C"]) == "A, B and C"


@pytest.mark.parametrize(
    ("truth", "say", "value"),
    [
        (Truth.YES, "agree", "yes"),
        (Truth.YES, "disagree", "no"),
        (Truth.NO, "agree", "no"),
        (Truth.NO, "disagree", "yes"),
        (Truth.UNKNOWN, "agree", None),
        (Truth.UNKNOWN, "disagree", None),
        (Truth.UNKNOWN, "yes", "yes"),
        (Truth.NO, "cant_tell", "cant_tell"),
        (Truth.NO, "'; drop table", None),
    ],
)
def test_what_an_answer_means(truth, say, value):
    assert words.answer_of(truth, say) == value


# --- escaping --------------------------------------------------------------------------------------------------


@given(st.text(st.characters()))
def test_escaped_text_reads_the_same(text):
    shown = Tags(f"<p>{esc(text)}</p>").text
    plain = "".join(
        "\ufffd" if (c < " " and c not in "\t\n\r") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" else c
        for c in text
    )
    assert shown == plain
    assert not set(esc(text)) & set("<>\"'{}$`")


def test_isolation_and_shortening():
    assert isolated("\u202ex") == "<bdi>\u202ex</bdi>"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"


@pytest.mark.parametrize("channel", ["prompt", "post"])
def test_the_page_says_of_a_part_what_the_verdict_says(channel):
    rules = tuple(RuleCalibration(rule.id, 0.0, 1.0) for rule in RUBRIC.rules)
    learnt = Calibration("m", "0", RUBRIC.id, RUBRIC.version, "tests", rules, (("prompt", 2.0),))
    passage = Passage(0, text="x", modalities=("text",), target=channel)
    evidence = [replace(p, m=0.35, score=debiased(0.35, 0.5), prior=0.5) for p in THREAT]  # odds .54, as a prompt 3.98
    verdict = verdict_on(evidence, [passage], calibration=learnt)
    case = case_of(verdict, calibration=learnt)
    assert verdict.truth is (Truth.YES if channel == "prompt" else Truth.NO)
    for finding in verdict.findings:
        outcome = case.outcome(RUBRIC.rule(finding.rule_id), 0)
        assert outcome is None or (outcome.truth, outcome.score) == (finding.truth, finding.score)
    assert case.truths[0] is verdict.truth


def test_notes_of_reading_stand_once_per_part():
    passages = [
        Passage(i, part, text="x", modalities=("text",), note=note)
        for i, (part, note) in enumerate((("0", "subtitles"), ("0", "subtitles"), ("1", "turned upright"), ("1", "")))
    ]
    case = case_of(verdict_on(THREAT, passages), media_names=("a.mkv", "b.jpg"))
    html = item_html(Item("id", media=(Media(Path("a.mkv"), "0", 1), Media(Path("b.jpg"), "1", 1))), case, {}, {})
    assert html.count("subtitles") == 1
    assert html.count("turned upright") == 1
    assert html.count("<li>", html.index("mm-notes"), html.index("</ul>", html.index("mm-notes"))) == 2
    bare = case_of(verdict_on(THREAT, [replace(p, note="") for p in passages]), media_names=("a.mkv", "b.jpg"))
    assert "mm-notes" not in item_html(Item("id", "x"), bare, {}, {})


@pytest.mark.parametrize("bad", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_everywhere(bad):
    passage = Passage(
        0, "whole", (0.0, 4.0), (0, len(bad)), bad, (Heard(0, 1, bad),), bad, (0.5,), ("text", "image"), note=bad
    )
    evidence = [replace(p, note=bad, model=bad) for p in THREAT]
    evidence += [
        Evidence("insults", "q1", 0, "reason", bad, ("text",), 1.0, note=bad),
        missing("nudity", "q1", "refused"),
    ]
    verdict = verdict_on(evidence, [passage], [Gap("0", "undecodable", bad, (0.0, 1.0))])
    item = Item("id", bad, (Turn("user", bad), Turn(bad, bad)), "prompt", (Media(Path(f"/x/{bad[:60]}"), "00", 9),))
    case = case_of(verdict, media_names=(bad,), labelled=(("violent_threats", bad),))
    own = replace(
        RUBRIC, title=bad, rules=tuple(replace(r, text=bad, objective_text=bad, category=bad) for r in RUBRIC.rules)
    )
    row = VerdictRow(1, "i", "j", bad, 1, 0.0, "unsafe", 0.5, 2, 1, 2, bad, "v", bad, bad, ("text",), True)
    step = Step("probe", bad, 1, 2, (evidence[0],))
    views = [
        evidence_html(case),
        evidence_html(replace(case, rubric=own)),
        item_html(item, case, {0: (Glimpse(0, 0.5, b"x"),)}, {}),
        item_html(item, case, {0: (Glimpse(0, 0.5, b"x"),)}, {0: Revealed(bad, (bad,))}),
        card_html(verdict, own, LOOSE, bad, bad, bad),
        history_html([row], {bad: bad}, 10.0),
        labels_html([Label("i", "r", "v", bad, "yes", bad)], RUBRIC),
        message_html(bad, "error"),
        progress_html(advance(Progress(), step, 1.0), 2.0, own, LOOSE),
        text_html(bad, [(0, 3)]),
        turns_html(item.turns, "prompt"),
        samples_html([replace(samples()[0], id=bad, title=bad)]),
    ]
    for view in views:
        harmless(view)


# --- parts of views --------------------------------------------------------------------------------------------


def test_runs_by_hand():
    assert runs(10, [(2, 5), (4, 7)]) == [Run(0, 2, False), Run(2, 7, True), Run(7, 10, False)]
    assert runs(10, [(5, 99), (-3, 1)]) == [Run(0, 1, True), Run(1, 5, False), Run(5, 10, True)]
    assert runs(4, []) == [Run(0, 4, False)]
    assert runs(4, [(3, 3), (2, 1)]) == [Run(0, 4, False)]
    assert runs(0, [(0, 5)]) == []


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(-5, 45), st.integers(-5, 45)), max_size=6))
def test_runs_cover_everything_once(length, spans):
    cut = runs(length, spans)
    marked = {i for r in cut if r.carried for i in range(r.start, r.end)}
    assert [i for r in cut for i in range(r.start, r.end)] == list(range(length))
    assert marked == {i for a, b in spans for i in range(max(a, 0), min(b, length))}
    assert all(a.carried != b.carried for a, b in pairwise(cut))


def test_overlapping_windows_become_one_text_again():
    text = "One sentence. Two sentences. Three sentences."
    windows = [Passage(0, chars=(0, 28), text=text[:28]), Passage(1, chars=(14, 45), text=text[14:45])]
    assert document(windows, {1}) == (text, [(14, 45)])
    apart = [Passage(0, text="Page one"), Passage(1, text="Page two")]
    assert document(apart, set()) == ("Page one\n\nPage two", [])


def test_only_the_part_that_carried_it_is_marked():
    html = harmless(text_html("peace war peace", [(6, 9)]))
    assert html.tags.count("mark") == 1
    assert "Marked is what carried a violation" in html.text
    assert "mark" not in harmless(text_html("all war", [(0, 7)])).tags
    assert "looked at as a whole" in text_html("all war", [(0, 7)])


def test_what_a_file_is():
    assert kind_of([Passage(0, span=(0, 1), frame_times=(0.5,))]) == "video"
    assert kind_of([Passage(0, frame_times=(0.0,), modalities=("image",))]) == "image"
    assert kind_of([Passage(0, span=(0, 1), modalities=("audio",))]) == "audio"
    assert kind_of([Passage(0, text="x", modalities=("text",))]) == "text"
    assert kind_of([]) == "file"


def test_a_veiled_file_has_no_address_and_a_revealed_one_has():
    item = Item("id", media=(Media(Path("/secret/folder/clip.mp4"), "00", 70_000),))
    passages = [
        Passage(0, "whole", (0.0, 2.0), None, "", (Heard(0.2, 1.0, "You fool"),), "BREAK", (0.5,), ("text", "image")),
        Passage(1, "whole", (2.0, 4.0), None, "", (), "", (2.5,), ("image",)),
    ]
    verdict = verdict_on(THREAT, passages)
    case = case_of(verdict, media_names=("clip.mp4",), sole="0")
    glimpses = {0: (Glimpse(0, 0.5, b"blur"), Glimpse(1, 2.5, b"blur"))}
    veiled = item_html(item, case, glimpses, {})
    assert "/secret" not in veiled
    assert "<video" not in veiled
    assert 'data-act="reveal"' in veiled
    assert "Blurred frame at 0:00.5" in veiled
    assert "You fool" in Tags(veiled).text
    clear = item_html(item, case, glimpses, {0: Revealed("./look/a", ("./look/b", "./look/c"))})
    assert '<video id="mm-player-0" src="./look/a" controls preload="metadata" muted playsinline>' in clear
    assert 'src="./look/c"' in clear
    assert "autoplay" not in clear
    timeline = [line for line in veiled.split("<button") if "mm-block" in line]
    assert len(timeline) == 2
    assert "left:0.0%;width:50.0%" in timeline[0]
    assert "0:00 to 0:02: violated" in timeline[0]


def test_evidence_comes_in_the_order_a_person_needs():
    image = Passage(0, "whole", modalities=("text", "image"), seen="words")
    evidence = [*THREAT[:-1], missing("insults", "q1", "refused")]
    evidence += [Evidence("nudity", "", 0, "probe", "", ("image",), reason="not_observable")]
    html = evidence_html(case_of(verdict_on(evidence, [image])))
    text = harmless(html).text
    places = [
        text.index(said) for said in ("Violent threats", "Insults", "1 rule not observable", "1 rule checked and clear")
    ]
    assert places == sorted(places)
    assert html.count("<details") == html.count("</details>")
    assert html.count(" open><summary") == 1
    assert "the model refused to answer" in text
    assert "any of these is enough" in text


def test_expectations_and_reasoning_are_shown():
    cards = [asked("stolen_cards", "q1", 0.97), asked("stolen_cards", "q2", 0.5)]
    thought = Evidence(
        "stolen_cards", "q2", 0, "reason", "model", ("text",), 0.0, note="It is an offer.", path="reasoned_no"
    )
    html = harmless(evidence_html(case_of(verdict_on([*cards, thought, *CLEAR[:3], CLEAR[-1]]))))
    assert "holds if the answer is no" in html.text
    assert "It is an offer." in html.text
    assert "undecided by its probabilities, then no: by reasoning" in html.text


def test_answers_without_mass_are_not_counted_and_say_so():
    weak = replace(asked("insults", "q1", 0.9), mass=0.01)
    html = evidence_html(case_of(verdict_on([*CLEAR[:-1], weak])))
    assert "only 1% of the model's probability" in Tags(html).text


def test_a_calibrated_rule_shows_its_thresholds():
    learnt = Calibration("m", "0", RUBRIC.id, RUBRIC.version, "tests", (RuleCalibration("insults", 0.0, 1.0),))
    verdict = verdict_on(CLEAR, calibration=learnt)
    html = evidence_html(case_of(verdict, calibration=learnt))
    assert "calibrated score" in html
    assert "unsafe from 0.60" in html
    assert "calibrated score" not in evidence_html(case_of(verdict_on(CLEAR)))


def test_many_parts_are_counted_not_drowned_in():
    passages = [Passage(i, "whole", (i, i + 1.0), text="x", modalities=("text",)) for i in range(30)]
    evidence = [replace(p, segment=i) for i in range(30) for p in CLEAR]
    evidence[-1] = asked("insults", "q1", 0.99, segment=29)
    html = evidence_html(case_of(verdict_on(evidence, passages), media_names=("a.mp3",), sole="0"))
    assert "Carried by a.mp3, 0:29–0:30" in Tags(html).text
    assert "more parts, none higher" in html
    assert len(html) < 300_000


def test_the_card_names_label_severity_score_and_policy():
    card = harmless(card_html(verdict_on(THREAT), RUBRIC, STRICT, "judge", "./?verdict=7", "A note."))
    for said in (
        "Unsafe",
        "Violent threats",
        "severe",
        "Strict",
        "3 of 3 rules",
        "1.2 s",
        "A note.",
    ):
        assert said in card.text
    assert "none: nothing could be scored" in card_html(verdict_on([]), RUBRIC, LOOSE, "j")


def test_each_label_has_a_word_and_a_shape_of_its_own():
    assert len({icon(label) for label in words.LABELS}) == 4
    assert set(words.LABELS.values()) == {"Safe", "Controversial", "Unsafe", "Needs review"}


def test_redeciding_says_that_no_model_was_asked():
    before, after = verdict_on(THREAT), verdict_on(THREAT, policy=replace(LOOSE, unsafe_from=1.0))
    assert "no model was asked" in redecided_html(before, after)
    assert "Unsafe becomes controversial." in redecided_html(before, after)
    assert "stays the same" in redecided_html(before, before)


def test_an_empty_history_says_why_it_is_empty():
    assert "Nothing has been judged yet" in history_html([], {}, 0.0)
    assert "No verdict fits" in history_html([], {}, 0.0, filtered=True)


# --- progress --------------------------------------------------------------------------------------------------


def test_steps_fold_into_lines():
    run = Progress()
    for at, step in enumerate(
        [Step("read", "reading"), Step("probe", "wave 1", 4, 8, (CLEAR[0],)), Step("probe", "wave 1", 8, 8)]
    ):
        run = advance(run, step, float(at))
    assert [(line.stage, line.done, line.began, line.heard) for line in run.lines] == [
        ("read", 0, 0, 0),
        ("probe", 8, 1, 2),
    ]
    assert run.answered == 1
    assert run.current is run.lines[1]
    text = harmless(progress_html(run, 12.0, RUBRIC, LOOSE)).text
    for said in ("12 s", "1 answer", "8 of 8", "Questions", "Somebody is addressed", "Violent threats"):
        assert said in text


def test_the_list_goes_back_to_a_stage_that_speaks_again():
    run = advance(advance(advance(Progress(), Step("read"), 0), Step("probe"), 1), Step("read", "part 1"), 2)
    assert run.current.stage == "read"
    assert len(run.lines) == 2


def test_only_the_latest_answers_are_kept():
    run = advance(Progress(), Step("probe", evidence=tuple(CLEAR)), 0)
    run = advance(run, Step("probe", evidence=(THREAT[0],)), 1)
    assert run.answered == 7
    assert run.latest[0] is THREAT[0]
    assert len(run.latest) == 6
    assert "Stopping" in progress_html(run, 1.0, RUBRIC, LOOSE, stopping=True)
    assert math.isclose(run.lines[0].heard, 1)
