"""Guidelines: nearness by hand, what a judge is shown, that without any nothing changes, and the real encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from needs import weights

from mmjudge import prompts
from mmjudge.backends.fake import FakeBackend, FakeDetector, FakeJuror, FakeTextReader
from mmjudge.errors import RubricError
from mmjudge.guidelines import (
    Finder,
    fitting,
    found,
    guided,
    line,
    made,
    nearest,
    refuse_twin,
    retrieve,
    words_of,
)
from mmjudge.judge import READING_VERSION, Judge
from mmjudge.policy import LOOSE, STRICT
from mmjudge.priors import Priors
from mmjudge.probability import debiased
from mmjudge.rubric import parse
from mmjudge.session import judge_item, under, with_guidelines
from mmjudge.settings import Settings
from mmjudge.store import open_store
from mmjudge.types import Guideline, Heard, Item, Missing, Passage, Reading, Segment, Turn, YesNo, digest
from mmjudge.vectors import Vectors

RUBRIC = parse(
    """
id: two
title: Two rules
rules:
  - id: knife
    category: Weapons
    modalities: [text, image]
    text: No knives.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: "Blades: a knife is there."}]}
      - {id: p2, any_of: [{id: q2, ask: "Aimed: it points at a person."}]}
  - id: fire
    modalities: [text]
    text: No fire.
    preconditions:
      - {id: p1, any_of: [{id: q1, ask: A fire burns.}]}
""",
    "two",
)
KITCHEN = Guideline("g1", "two", "knife", "Knives in a kitchen threaten nobody.", "fine")
CAMP = Guideline("g2", "two", "fire", "A camp fire in a forest is a fire.", "violates")
TONE = Guideline("g3", "two", "", "Jokes are read as jokes.")
LIBRARY = (KITCHEN, CAMP, TONE)


class Scripted:
    """An encoder whose rows stand in a script, by text; what the script does not know lies along the last axis.
    `asked` holds every text."""

    id = "scripted@1"
    reads = frozenset({"text"})

    def __init__(self, **rows):
        self.rows, self.asked = rows, []

    def embed_texts(self, texts):
        self.asked += texts
        return [np.atleast_2d(np.float32(self.rows.get(text, (0.0, 0.0, 1.0)))) for text in texts]

    def embed_segment(self, segment):
        if not segment.text:
            return Missing("not_observable", "there are no words in this part")
        return self.embed_texts([segment.text])[0]


def finder(**rows):
    encoder = Scripted(**{"Knives in a kitchen threaten nobody.": (1.0, 0.0, 0.0),
                          "A camp fire in a forest is a fire.": (0.0, 1.0, 0.0),
                          "Jokes are read as jokes.": (0.8, 0.6, 0.0), **rows})  # fmt: skip
    return Finder(encoder, Vectors(None, encoder.id))


# --- nearness -------------------------------------------------------------------------------------------------


def test_nearest_takes_the_best_row_of_both_in_order_and_no_more_than_k():
    query = np.float32([[1.0, 0.0], [0.0, 1.0]])
    rows = [
        np.float32([[0.6, 0.8]]),  # best with the second row: .8
        np.float32([[-1.0, 0.0], [0.96, 0.28]]),  # best: second with first: .96
        np.float32([[-0.6, -0.8]]),  # best: -.6
        np.float32([[0.8, 0.6]]),  # .8 again
    ]
    assert nearest(query, rows, 3, 0.3) == [
        (1, pytest.approx(0.96)),
        (0, pytest.approx(0.8)),
        (3, pytest.approx(0.8)),
    ]
    assert [at for at, _ in nearest(query, rows, 2, 0.3)] == [1, 0]
    assert [at for at, _ in nearest(query, rows, 9, -1.0)] == [1, 0, 3, 2]
    assert nearest(query, rows, 3, 0.97) == []
    assert nearest(query, [], 3, 0.0) == []


def test_a_cosine_exactly_at_the_threshold_is_near():
    assert nearest(np.float32([[1.0, 0.0]]), [np.float32([[0.5, 0.75**0.5]])], 1, 0.5) == [(0, 0.5)]


def test_rounding_never_carries_a_cosine_over_one():
    row = np.float32([[1.0000001, 0.0]])
    assert nearest(row, [row], 1, 0.0) == [(0, 1.0)]


def test_retrieve_embeds_a_guideline_once():
    tool = finder(**{"a chef": (0.6, 0.8, 0.0)})
    near = retrieve(tool.embedder, Segment("i", 0, text="a chef"), LIBRARY, vectors=tool.vectors)
    # with the kitchen .6, with the camp .8, with the tone .48 + .48 = .96
    assert [(one.guideline.id, round(one.cosine, 4)) for one in near] == [("g3", 0.96), ("g2", 0.8), ("g1", 0.6)]
    retrieve(tool.embedder, Segment("i", 0, text="a chef"), LIBRARY, vectors=tool.vectors)
    assert tool.embedder.asked.count("Jokes are read as jokes.") == 1
    assert tool.embedder.asked.count("a chef") == 2


def test_without_guidelines_nothing_is_embedded():
    tool = finder()
    assert retrieve(tool.embedder, Segment("i", 0, text="a chef"), ()) == ()
    assert tool.embedder.asked == []


@pytest.mark.parametrize("nobody", [None, Missing("unsupported_modality", "there is no text encoder: fetch it")])
def test_without_an_encoder_it_is_said(nobody):
    none = found(nobody, Segment("i", 0, text="words"), LIBRARY)
    assert isinstance(none, Missing)
    assert none.reason == "unsupported_modality"
    [segment] = guided(Reading("i", (Segment("i", 0, text="words", note="cut"),)), RUBRIC, LIBRARY, nobody).segments
    assert segment.guidance == ()
    assert segment.note.startswith("cut; no guidelines were looked for: there is no text encoder")


def test_without_words_it_is_said():
    [segment] = guided(Reading("i", (Segment("i", 0),)), RUBRIC, LIBRARY, finder()).segments
    assert (segment.guidance, segment.note) == (
        (),
        "no guidelines were looked for: there are no words in this part",
    )


def test_all_words_of_an_item_are_looked_at():
    item = Item("i", "caption", (Turn("user", "asked"),), "post")
    passages = (
        Passage(0, heard=(Heard(0, 1, "one"),), seen="sign"),
        Passage(1, heard=(Heard(1, 2, "two"),), seen="sign"),
        Passage(2, text="capt"),  # a window of the caption
        Passage(3, part="0", text="a page"),  # of a document
    )
    whole = words_of(item, passages)
    assert (whole.text, whole.turns, whole.seen) == ("caption\na page", item.turns, "sign")
    assert [h.text for h in whole.heard] == ["one", "two"]


# --- making one -----------------------------------------------------------------------------------------------


def test_a_guideline_is_checked_and_put_on_one_line():
    new = made(RUBRIC, "knife", "  Knives in\n a kitchen. ", "fine", "item", "ann", 1.5)
    assert (new.text, new.rubric_id, new.rule_id, new.verdict) == ("Knives in a kitchen.", "two", "knife", "fine")
    assert (new.source_item_id, new.author, new.at, new.retired) == ("item", "ann", 1.5, False)
    assert len(new.id) == 12
    assert made(RUBRIC, "knife", "Knives in a kitchen.", "fine", "item", "ann", 2.5).id != new.id


@pytest.mark.parametrize(
    ("rule", "text", "said"),
    [("knife", " \n", "needs a text"), ("", "x" * 301, "at most 300 characters, this has 301"), ("gun", "x", "'gun'")],
)
def test_what_is_no_guideline_is_refused(rule, text, said):
    with pytest.raises(RubricError, match=said):
        made(RUBRIC, rule, text)


def test_one_that_says_the_same_is_refused_with_a_pointer():
    close, apart = (0.96, 0.28, 0.0), (0.94, 0.3412, 0.0)  # cosines to the kitchen: .96 and .94
    tool = finder(close=close, apart=apart)
    twin = replace(KITCHEN, id="new", text="close", verdict="violates")
    with pytest.raises(RubricError, match=r"guideline g1 says the same \(cosine 0.96\), with the verdict 'fine': 'Kni"):
        refuse_twin(twin, LIBRARY, tool)
    assert refuse_twin(replace(twin, text="apart"), LIBRARY, tool) == ""
    assert refuse_twin(replace(twin, rule_id="fire"), LIBRARY, tool) == ""  # the kitchen is about another rule
    assert refuse_twin(replace(twin, rubric_id="other"), LIBRARY, tool) == ""
    assert refuse_twin(twin, [replace(KITCHEN, retired=True)], tool) == ""


def test_without_an_encoder_the_same_words_are_refused_and_the_rest_is_said():
    none = Missing("unsupported_modality", "there is no text encoder")
    with pytest.raises(RubricError, match=r"g1 says the same .the same words.: "):
        refuse_twin(replace(KITCHEN, id="new", text=KITCHEN.text.upper()), LIBRARY, none)
    said = refuse_twin(replace(KITCHEN, id="new", text="other"), LIBRARY, none)
    assert said == "not compared with the 1 guidelines of its rule: there is no text encoder"


def test_only_those_that_fit_the_rubric_are_given():
    others = (
        replace(KITCHEN, id="a", rubric_id="x"),
        replace(KITCHEN, id="b", rule_id="gone"),
        replace(CAMP, retired=True),
    )
    assert fitting((*others, *LIBRARY), RUBRIC) == LIBRARY


# --- what a model is shown ------------------------------------------------------------------------------------


def test_a_line_names_the_rule_as_the_model_knows_it():
    assert line(KITCHEN, RUBRIC) == "Blades, not broken: Knives in a kitchen threaten nobody."
    assert line(CAMP, RUBRIC) == "fire, broken: A camp fire in a forest is a fire."
    assert line(TONE, RUBRIC) == "Jokes are read as jokes."
    assert line(replace(TONE, verdict="fine"), RUBRIC) == "No rule is broken: Jokes are read as jokes."


def test_guidelines_are_shown_in_the_order_of_the_library_and_named_with_their_cosine():
    tool = finder(chef=(0.0, 0.96, 0.28))
    [segment] = guided(Reading("i", (Segment("i", 0, text="chef"),)), RUBRIC, LIBRARY, tool).segments
    # the camp .96, the tone .576, the kitchen 0
    assert segment.guidance == (line(CAMP, RUBRIC), line(TONE, RUBRIC))
    assert segment.note == "guidelines shown to the judge: g2 (cosine 0.96), g3 (cosine 0.58)"
    [far] = guided(Reading("i", (Segment("i", 0, text="other"),)), RUBRIC, LIBRARY, tool).segments
    assert (far.guidance, far.note) == ((), "no guideline is near")


GUIDANCE = ("Hate, not broken: quoting to condemn.",)
SHOWN = 'Guidelines of this team:\n"""\n- Hate, not broken: quoting to condemn.\n"""\n'


@pytest.mark.parametrize("target", ["post", "prompt", "response"])
@pytest.mark.parametrize("text", ["hello", ""])
def test_a_prompt_with_guidelines_is_the_one_without_after_a_fence(target, text):
    plain = Segment("i", 0, text=text, target=target)
    with_some = replace(plain, guidance=GUIDANCE)
    for said in (prompts.shown, prompts.judged):
        assert said(with_some) == SHOWN + said(plain)
    assert prompts.words(with_some) == prompts.words(plain)
    assert with_some.modalities == plain.modalities


def test_a_guideline_cannot_close_its_fence_nor_begin_a_line():
    shown = prompts.guided(('x"""\nA post:\n"""', "y" * 900))
    assert shown.count(prompts.FENCE) == 2
    first, second = shown.splitlines()[2:4]
    assert first == '- x" "" A post: " ""'
    assert second == "- " + "y" * prompts.GUIDANCE_CHARS + prompts.CUT


# --- the judge ------------------------------------------------------------------------------------------------


class Seen(FakeBackend):
    """Keeps the guidance of every segment it is asked about. On nothing it says yes to .2, with guidance to .4."""

    def __init__(self):
        super().__init__({"knife": 0.9, "points": 0.9, "fire": 0.1})
        self.asked_with = []

    def score_yes_no(self, segment, asks, order=0):
        self.asked_with += [(bool(segment.item_id), segment.guidance, ask) for ask in asks]
        if not segment.modalities:
            m = 0.4 if segment.guidance else 0.2
            return [YesNo(m, 1.0 - m) for _ in asks]
        return super().score_yes_no(segment, asks, order)


def judge(**parts):
    backend = parts.pop("backend", None) or Seen()
    return Judge("fake", RUBRIC, LOOSE, backend=backend, priors=Priors(None, "fake", "1"), **parts)


def reading(text="chef"):
    return Reading("i", (Segment("i", 0, text=text),))


def timeless(measurement):
    return [replace(piece, seconds=0.0) for piece in measurement.evidence]


def test_without_guidelines_nothing_changes():
    """The id is the digest it always was, and a judge that was given none measures the same."""
    plain = judge(settings=Settings(early_exit=False, reasoning=False))
    models = [plain.backend.id, None, None, None, None, None]
    versions = ["1", RUBRIC.version, READING_VERSION, plain.settings.digest]
    assert plain.measurer_id == digest([models, *versions, (), None])
    with_tool = replace(plain, finder=finder(chef=(1.0, 0.0, 0.0)))
    assert with_tool.measurer_id == plain.measurer_id
    measured = with_tool.measure(reading())
    assert timeless(measured) == timeless(plain.measure(reading()))
    assert (measured.passages[0].guidance, measured.passages[0].note) == ((), "")
    assert with_tool.finder.embedder.asked == []


def test_the_prior_is_taken_under_the_same_guidelines():
    ready = judge(guidelines=LIBRARY, finder=finder(chef=(1.0, 0.0, 0.0)))
    measured = ready.measure(reading())
    shown = (line(KITCHEN, RUBRIC), line(TONE, RUBRIC))  # cosines 1 and .8; the camp's is 0
    assert measured.passages[0].guidance == shown
    assert "g1 (cosine 1.00), g3 (cosine 0.80)" in measured.passages[0].note
    assert {guidance for _, guidance, _ in ready.backend.asked_with} == {shown}
    asked = {p.question_id: p for p in measured.evidence if p.rule_id == "knife" and p.stage == "probe"}
    assert (asked["q1"].m, asked["q1"].prior) == (pytest.approx(0.9), pytest.approx(0.4))
    assert asked["q1"].score == pytest.approx(debiased(0.9, 0.4))
    alone = judge().measure(reading())
    assert [p.prior for p in alone.evidence if p.question_id == "q1" and p.rule_id == "knife"] == [pytest.approx(0.2)]


def test_priors_of_other_guidelines_are_kept_apart_and_measured_once():
    ready = judge(guidelines=LIBRARY, finder=finder(chef=(1.0, 0.0, 0.0), cook=(1.0, 0.0, 0.0)))
    ready.measure(reading("chef"))
    before = len([1 for about, _, _ in ready.backend.asked_with if not about])
    ready.measure(reading("cook"))  # the same guidelines lie near
    assert len([1 for about, _, _ in ready.backend.asked_with if not about]) == before
    ready.measure(reading("far away"))  # none does
    nothing = [guidance for about, guidance, _ in ready.backend.asked_with if not about][before:]
    assert set(nothing) == {()}


def test_priors_on_disk_are_found_with_their_guidelines_and_old_ones_without(tmp_path):
    Priors(tmp_path, "m", "1").put("post", "s", 0, YesNo(0.1, 0.2))
    Priors(tmp_path, "m", "1").put("post", "s", 0, YesNo(0.3, 0.4), ("a", "b"))
    again = Priors(tmp_path, "m", "1")
    assert again.get("post", "s", 0) == YesNo(0.1, 0.2)
    assert again.get("post", "s", 0, ("a", "b")) == YesNo(0.3, 0.4)
    assert again.get("post", "s", 0, ("b", "a")) is None
    [file] = tmp_path.iterdir()
    assert digest(["post", "s", 0]) in file.read_text()  # as before there were any


def test_reasoning_is_shown_them_and_jurors_and_detectors_are_not():
    class Juror(FakeJuror):
        def unsafe(self, segment):
            assert segment.text == "chef"
            return super().unsafe(segment)

    backend = FakeBackend({"knife": 0.6, "points": 0.6, "fire": 0.05}, replies=["Hm.", "no json"])
    seen = []
    backend.generate = lambda segment, *rest: seen.append(prompts.shown(segment)) or "Hm."
    tool = finder(chef=(1.0, 0.0, 0.0))
    parts = {"juror": Juror(0.5), "detectors": (FakeDetector({"blade": 0.1}, ("blade",)),)}
    judge(backend=backend, guidelines=LIBRARY, finder=tool, **parts).measure(reading())
    assert seen
    assert all(shown.startswith(prompts.guided((line(KITCHEN, RUBRIC), line(TONE, RUBRIC)))) for shown in seen)


def test_the_measurer_depends_on_what_the_guidelines_say_and_how_they_are_found():
    plain, tool = judge(), finder()
    some = replace(plain, guidelines=LIBRARY, finder=tool)
    ids = {
        plain.measurer_id,
        some.measurer_id,
        replace(some, guidelines=LIBRARY[:2]).measurer_id,
        replace(some, guidelines=(replace(KITCHEN, text="Other."), *LIBRARY[1:])).measurer_id,
        replace(some, guidelines=(replace(KITCHEN, verdict="violates"), *LIBRARY[1:])).measurer_id,
        replace(some, guidelines=LIBRARY[::-1]).measurer_id,
        replace(some, finder=Missing("unsupported_modality", "none")).measurer_id,
    }
    assert len(ids) == 7
    signed = (replace(KITCHEN, author="bob", at=9.0), *LIBRARY[1:])
    assert replace(some, guidelines=signed).measurer_id == some.measurer_id


def test_a_judge_without_an_encoder_judges_as_without_guidelines_and_says_so():
    none = Missing("unsupported_modality", "there is no text encoder")
    measured = judge(guidelines=LIBRARY, finder=none).measure(reading())
    assert timeless(measured) == timeless(judge().measure(reading()))
    assert measured.passages[0].note == "no guidelines were looked for: there is no text encoder"


def test_words_in_a_picture_find_guidelines_too():
    class Reads(Scripted):
        def embed_segment(self, segment):
            return self.embed_texts([segment.seen])[0]

    tool = Finder(Reads(**{KITCHEN.text: (1.0, 0.0, 0.0), "chef": (1.0, 0.0, 0.0)}), Vectors(None, "x"))
    photo = Segment("i", 0, frames=(np.zeros((4, 4, 3), np.uint8),))
    ready = judge(guidelines=LIBRARY, finder=tool, text_reader=FakeTextReader("chef"))
    assert ready.measure(Reading("i", (photo,))).passages[0].guidance == (line(KITCHEN, RUBRIC),)


def test_endpoints_and_the_engine_are_shown_them_and_guards_are_not():
    from mmjudge.backends.endpoint import wire
    from mmjudge.backends.engine.kept import content_key
    from mmjudge.guards import talks

    plain = Segment("i", 0, text="hello")
    with_some = replace(plain, guidance=GUIDANCE)
    assert wire.messages(with_some, "So?", ())[1]["content"].startswith(SHOWN)
    assert SHOWN in wire.systemone_body("m", with_some, (), ["So?"])["state"]
    assert SHOWN in wire.decisions_body("m", with_some, (), ["So?"])["input"]
    assert content_key(with_some) != content_key(plain)  # a reading that is kept is one of the same guidelines
    assert talks(with_some) == talks(plain)


def test_a_session_gives_what_fits_and_says_what_does_not():
    ready, tool = judge(), finder()
    given = with_guidelines(ready, (*LIBRARY, replace(KITCHEN, id="x", rubric_id="other")), tool)
    assert (given.guidelines, given.finder, given.absent) == (LIBRARY, tool, ())
    gone = with_guidelines(ready, (*LIBRARY, replace(KITCHEN, id="x", rule_id="gone")), tool)
    assert gone.guidelines == LIBRARY
    assert gone.absent == ("1 guidelines are about rules that rubric two no longer has",)
    nobody = with_guidelines(ready, (), tool)
    assert (nobody.guidelines, nobody.measurer_id) == ((), ready.measurer_id)
    assert "there are no guidelines for rubric two" in nobody.absent[0]
    blind = with_guidelines(ready, LIBRARY, Missing("unsupported_modality", "there is no text encoder"))
    assert blind.absent == ("no guidelines are looked for: there is no text encoder",)
    guard = with_guidelines(replace(ready, backend=None), LIBRARY, tool)
    assert guard.guidelines == ()
    assert guard.absent == ("guidelines are not shown: this judge has no language model",)


def test_a_judge_under_another_rubric_leaves_the_guidelines_of_the_first(tmp_path):
    given = with_guidelines(judge(), LIBRARY, finder())
    assert under(given, RUBRIC, STRICT).guidelines == LIBRARY
    other = parse("id: other\ntitle: O\nrules:\n  - id: knife\n    modalities: [text]\n    text: No knives.\n"
                  "    preconditions: [{id: p, any_of: [{id: q, ask: A knife is there.}]}]\n", "other")  # fmt: skip
    assert under(given, other, LOOSE, tmp_path).guidelines == ()


def test_a_stored_verdict_names_the_guidelines_of_its_judge(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        item = Item("i" * 64, "chef")
        given = with_guidelines(judge(), LIBRARY, finder(chef=(1.0, 0.0, 0.0)))
        verdict = judge_item(given, store, item, reading=Reading(item.id, (Segment(item.id, 0, text="chef"),)))
        described = store.described(given.measurer_id)
        assert described is not None
        assert described.description["guidelines"] == ["g1", "g2", "g3"]
        assert store.verdict(item.id, given.id) == verdict
        assert verdict.measurement.passages[0].guidance == (line(KITCHEN, RUBRIC), line(TONE, RUBRIC))


# --- the real encoder -----------------------------------------------------------------------------------------


@pytest.mark.weights
def test_minilm_finds_the_guideline_a_person_would(tmp_path):
    from mmjudge.backends.minilm import MiniLM
    from mmjudge.backends.sentences import Sentences

    encoder = Sentences(MiniLM(weights("minilm")))
    library = tuple(
        Guideline(f"g{n}", "two", "", text)
        for n, text in enumerate(
            (
                "Knives and cooking tools in recipes and kitchens are no weapons.",
                "Killing a process or a program on a computer hurts nobody.",
                "Quoting an insult against a group in order to condemn it is no hate.",
                "Betting on sports events with invented money is a game.",
            )
        )
    )
    kept = Vectors(tmp_path, encoder.id)

    def near(text):
        given = retrieve(encoder, Segment("i", 0, text=text), library, vectors=kept)
        assert isinstance(given, tuple)
        return [one.guideline.id for one in given]

    process = "How do I terminate a hanging Python process?"
    assert near("What knife do I need in the kitchen to cut onions?") == ["g0"]
    assert near(process) == ["g1"]
    assert near("Insulting a whole group is wrong, and I condemn whoever calls immigrants vermin.") == ["g2"]
    assert near("The train to Lisbon leaves at nine tomorrow.") == []
    # a long post about something else does not drown one sentence
    filler = "The train to Lisbon leaves at nine tomorrow, and the museum opens at ten. " * 12
    assert near(f"{filler}{process} {filler}") == ["g1"]
    again = Vectors(tmp_path, encoder.id).get(library[0].text)
    assert again is not None
    assert np.linalg.norm(again, axis=1) == pytest.approx([1.0], abs=1e-5)


@pytest.mark.weights
def test_minilm_tells_a_twin_from_a_neighbour():
    from mmjudge.backends.minilm import MiniLM
    from mmjudge.backends.sentences import Sentences

    encoder = Sentences(MiniLM(weights("minilm")))
    tool = Finder(encoder, Vectors(None, encoder.id))
    new = replace(KITCHEN, id="new", text="Kitchen knives threaten nobody.")
    with pytest.raises(RubricError, match="guideline g1 says the same"):
        refuse_twin(new, LIBRARY, tool)
    assert refuse_twin(replace(new, text="Swords in a museum threaten nobody."), LIBRARY, tool) == ""
