"""Verdicts read as other categories: the truth table by hand, and that nothing untrue and no safe word comes of it."""

import dataclasses
from itertools import product
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge.crosswalk import BECAUSE, Because, Bridge, Category, as_hub, as_rubric, hazards_of, load_crosswalk
from mmjudge.crosswalk_file import RELATIONS, Link, Unmapped, parse_crosswalk
from mmjudge.errors import RubricError
from mmjudge.rubric import load_rubric, parse, shipped
from mmjudge.types import Finding, Measurement, Passage, Truth, Verdict

YES, UNKNOWN, NO = Truth.YES, Truth.UNKNOWN, Truth.NO
HUB = load_rubric("mlcommons")
RULE = """
  - id: {id}
    modalities: [{kinds}]
    text: No {id}.
    preconditions: [{{id: p1, any_of: [{{id: q1, ask: The word {id} stands there.}}]}}]
"""


def rubric(name, *rules, kinds="text, image"):
    return parse(f"id: {name}\ntitle: {name}\nrules:\n" + "".join(RULE.format(id=r, kinds=kinds) for r in rules), name)


def crosswalk(**rubrics):
    """rubric id -> {rule id: "hazard relation, hazard relation" or "unmapped"}."""
    lines = ["hub: mlcommons", "rubrics:"]
    for name, rules in rubrics.items():
        lines.append(f"  {name}:")
        for rule, links in rules.items():
            pairs = [link.strip().split() for link in links.split(",")]
            said = "unmapped: in a test" if links == "unmapped" else ", ".join(f"{h}: {r}" for h, r in pairs)
            lines.append(f"    {rule}: {{{said}}}")
    return parse_crosswalk("\n".join(lines), "a test", HUB)


def verdict(source, truths, passages=(), version=None, **changed):
    """`truths`: rule id -> truth, or a finding."""
    findings = tuple(t if isinstance(t, Finding) else Finding(r, t) for r, t in truths.items())
    measurement = Measurement("item", "measurer", tuple(passages), (), ())
    counted = [f.truth for f in findings if f.counts]
    truth = max(counted) if counted else UNKNOWN
    return Verdict(
        *("item", "judge", source.id, version or source.version, "loose", "needs_review"),
        *(truth, None, 0, 0, len(findings), findings, measurement),
        **changed,
    )


def one(source_relation, target_relation, truth):
    """The category of a target rule that meets one source rule in one hazard."""
    a, b = rubric("a", "s"), rubric("b", "t")
    walk = crosswalk(a={"s": f"hate {source_relation}"}, b={"t": f"hate {target_relation}"})
    return as_rubric(verdict(a, {"s": truth}), "b", walk, [a, b]).categories[0]


TABLE_YES = """
          exact     broader   narrower  overlaps
exact     implied   implied   possible  possible
narrower  implied   implied   possible  possible
broader   possible  possible  possible  possible
overlaps  possible  possible  possible  possible
"""
TABLE_NO = """
          exact     broader   narrower  overlaps
exact     ruled_out in_part   ruled_out in_part
broader   ruled_out in_part   ruled_out in_part
narrower  in_part   in_part   in_part   in_part
overlaps  in_part   in_part   in_part   in_part
"""


def cells(table):
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], column, said) for row in rows for column, said in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize(("mine", "other", "said"), cells(TABLE_YES))
def test_what_follows_from_a_violated_rule(mine, other, said):
    category = one(mine, other, YES)
    assert category.because == said
    assert category.truth is (YES if said == "implied" else UNKNOWN)
    assert category.via == (Bridge("s", "hate", mine, other, YES),)


@pytest.mark.parametrize(("mine", "other", "said"), cells(TABLE_NO))
def test_what_follows_from_a_rule_that_is_not_violated(mine, other, said):
    category = one(mine, other, NO)
    assert category.because == said
    assert category.truth is (NO if said == "ruled_out" else UNKNOWN)


@pytest.mark.parametrize(("mine", "other"), list(product(RELATIONS, RELATIONS)))
def test_a_rule_without_an_answer_leaves_the_other_open(mine, other):
    category = one(mine, other, UNKNOWN)
    assert (category.truth, category.because) == (UNKNOWN, "open")


def test_the_strongest_of_several_ways_counts():
    """yes over possible over open over no: five source rules that all speak to the same hazard."""
    a, b = rubric("a", "sure", "wide", "part"), rubric("b", "t")
    walk = crosswalk(
        a={"sure": "hate exact", "wide": "hate broader", "part": "hate overlaps"},
        b={"t": "hate exact"},
    )

    def outcome(sure, wide, part):
        category = as_rubric(verdict(a, {"sure": sure, "wide": wide, "part": part}), "b", walk, [a, b]).categories[0]
        return category.truth, category.because, [bridge.rule_id for bridge in category.via]

    assert outcome(YES, NO, NO) == (YES, "implied", ["sure"])
    assert outcome(NO, YES, UNKNOWN) == (UNKNOWN, "possible", ["wide"])
    assert outcome(NO, NO, UNKNOWN) == (UNKNOWN, "open", ["part"])
    assert outcome(NO, NO, YES) == (UNKNOWN, "possible", ["part"])
    assert outcome(NO, NO, NO) == (NO, "ruled_out", ["sure", "wide"])


def test_a_hazard_nobody_looked_at_is_not_ruled_out():
    a, b = rubric("a", "s"), rubric("b", "t", "u", "v")
    walk = crosswalk(a={"s": "hate exact"}, b={"t": "privacy exact", "u": "unmapped", "v": "hate exact, privacy exact"})
    categories = as_rubric(verdict(a, {"s": NO}), "b", walk, [a, b]).categories
    assert categories[0] == Category("t", UNKNOWN, "unspoken")
    assert categories[1] == Category("u", UNKNOWN, "unmapped")
    assert categories[2].truth is NO, "all of v lies in hate, and hate was looked at"


def test_a_rule_that_does_not_apply_has_not_looked():
    a, b = rubric("a", "s"), rubric("b", "t")
    walk = crosswalk(a={"s": "hate exact"}, b={"t": "hate exact"})
    said = verdict(a, {"s": Finding("s", NO, applies=False)})
    assert as_rubric(said, "b", walk, [a, b]).categories == (Category("t", UNKNOWN, "unspoken"),)


def test_who_reads_words_only_rules_out_no_picture():
    a, b = rubric("a", "s", kinds="text"), rubric("b", "t")
    walk = crosswalk(a={"s": "hate exact"}, b={"t": "hate exact"})

    def outcome(*kinds):
        said = verdict(a, {"s": NO}, [Passage(0, modalities=kinds)])
        category = as_rubric(said, "b", walk, [a, b]).categories[0]
        return category.truth, category.because

    assert outcome("text") == (NO, "ruled_out")
    assert outcome("text", "image") == (UNKNOWN, "elsewhere")
    assert outcome("text", "audio") == (NO, "ruled_out"), "rule t does not listen either"


def test_two_rules_may_look_at_all_of_it_together():
    a, b = parse_two_kinds(), rubric("b", "t")
    walk = crosswalk(a={"words": "hate exact", "pictures": "hate broader"}, b={"t": "hate narrower"})
    said = verdict(a, {"words": NO, "pictures": NO}, [Passage(0, modalities=("text", "image"))])
    assert as_rubric(said, "b", walk, [a, b]).categories[0].truth is NO


def parse_two_kinds():
    rules = RULE.format(id="words", kinds="text") + RULE.format(id="pictures", kinds="image")
    return parse("id: a\ntitle: a\nrules:\n" + rules, "a")


def test_a_violated_rule_that_leads_nowhere_is_kept():
    a, b = rubric("a", "s", "lost", "alone", "open"), rubric("b", "t")
    walk = crosswalk(
        a={"s": "hate exact", "lost": "unmapped", "alone": "privacy exact, elections overlaps", "open": "unmapped"},
        b={"t": "hate exact"},
    )
    truths = {"s": NO, "lost": YES, "alone": YES, "open": UNKNOWN}
    translated = as_rubric(verdict(a, truths), "b", walk, [a, b])
    assert [c.truth for c in translated.categories] == [NO]
    assert translated.unmapped == (
        Unmapped("a", "lost", "in a test"),
        Unmapped("a", "alone", "no rule of b is mapped to privacy, elections"),
    )
    assert translated.unmapped_open == (Unmapped("a", "open", "in a test"),)
    assert translated.truth is UNKNOWN
    assert translated.violated == ()
    assert as_rubric(verdict(a, {"s": NO, "lost": NO}), "b", walk, [a, b]).truth is NO


def test_a_rule_the_crosswalk_does_not_know_is_kept_too():
    a, b = rubric("a", "s"), rubric("b", "t")
    walk = crosswalk(a={"s": "hate exact"}, b={"t": "hate exact"})
    translated = as_rubric(verdict(a, {"s": NO, "older": YES}, version="another"), "b", walk, [a, b])
    assert translated.unmapped == (Unmapped("a", "older", "not mapped yet"),)
    assert translated.other_version
    assert not as_rubric(verdict(a, {"s": NO}), "b", walk, [a, b]).other_version


def allowed(rule_id, truth):
    return Finding(rule_id, truth, allowed=True)


def test_what_the_policy_allows_stays_apart():
    a, b = rubric("a", "s", "u"), rubric("b", "t")
    walk = crosswalk(a={"s": "hate exact", "u": "hate overlaps"}, b={"t": "hate exact"})

    def outcome(s, u):
        translated = as_rubric(verdict(a, {"s": s, "u": u}), "b", walk, [a, b])
        category = translated.categories[0]
        return category.truth, category.because, category.allowed, translated.violated, translated.truth

    assert outcome(allowed("s", YES), NO) == (YES, "implied", True, (), UNKNOWN)
    assert outcome(allowed("s", YES), YES) == (UNKNOWN, "possible", False, (), UNKNOWN), "u counts, and may mean t"
    assert outcome(YES, allowed("u", YES)) == (YES, "implied", False, ("t",), YES)
    assert outcome(allowed("s", NO), NO) == (NO, "ruled_out", False, (), NO), "it was looked at"
    assert outcome(NO, allowed("u", YES)) == (UNKNOWN, "possible", True, (), UNKNOWN)


def test_an_allowed_rule_that_leads_nowhere_stays_apart():
    a, b = rubric("a", "s", "lost"), rubric("b", "t")
    walk = crosswalk(a={"s": "hate exact", "lost": "unmapped"}, b={"t": "hate exact"})
    translated = as_rubric(verdict(a, {"s": NO, "lost": allowed("lost", YES)}), "b", walk, [a, b])
    assert translated.unmapped == ()
    assert [entry.rule_id for entry in translated.unmapped_allowed] == ["lost"]
    assert translated.truth is NO


def test_under_its_own_rubric_a_verdict_stands():
    source = load_rubric("osbench")
    truths = dict.fromkeys((r.id for r in source.rules), NO) | {"shower": YES, "decay": UNKNOWN}
    translated = as_rubric(verdict(source, truths, [Passage(0, modalities=("image",))]), "osbench")
    assert {c.rule_id: c.truth for c in translated.categories} == truths
    assert translated.unmapped == translated.unmapped_open == ()


def test_the_shipped_rubrics_by_hand():
    """A picture with naked genitals and a decayed body: the first lies in sexual content, the second in no hazard. That
    no other rule was violated rules nothing out: none holds all of a hazard."""
    source = load_rubric("osbench")
    truths = dict.fromkeys((r.id for r in source.rules), NO) | {"genitalia": YES, "decay": YES}
    said = verdict(source, truths, [Passage(0, modalities=("image",))])
    hub = as_hub(said)
    assert hub.violated == ("sexual_content",)
    assert {c.truth for c in hub.categories if c.rule_id != "sexual_content"} == {UNKNOWN}
    assert [entry.rule_id for entry in hub.unmapped] == ["decay"]
    qwen = {c.rule_id: (c.truth, c.because) for c in as_rubric(said, "guard_qwen3guard").categories}
    assert qwen["sexual"] == (YES, "implied"), "genitalia lie in sexual content, and that in its category sexual"
    assert qwen["violent"] == (UNKNOWN, "unspoken")
    assert qwen["jailbreak"] == (UNKNOWN, "unmapped")


def test_a_guard_that_took_the_hazards_gives_them_back():
    source = load_rubric("guard_llama_guard")
    truths = dict.fromkeys((r.id for r in source.rules), NO) | {"s5": YES}
    hub = as_hub(verdict(source, truths, [Passage(0, modalities=("text",))]))
    assert {c.rule_id: c.truth for c in hub.categories} == {
        h: YES if h == "defamation" else NO for h in load_crosswalk().hazards
    }
    assert hub.truth is YES


def test_hazards_of_a_rule():
    assert hazards_of("osbench", "shower") == (Link("osbench", "shower", "sexual_content", "overlaps"),)
    assert hazards_of("osbench", "decay") == ()
    assert hazards_of("osbench", "nothing") == ()


def test_rubrics_that_are_not_there_or_not_mapped_are_told():
    a = rubric("a", "s")
    with pytest.raises(RubricError, match="no rubric 'a' that a verdict can be read by"):
        as_hub(verdict(a, {"s": YES}))
    with pytest.raises(RubricError, match="rubric 'a' is not mapped yet"):
        as_hub(verdict(a, {"s": YES}), rubrics=[a])
    with pytest.raises(RubricError, match="rubric 'a' is not mapped yet"):
        as_rubric(verdict(load_rubric("default"), {"hate": YES}), "a", rubrics=[a])


def test_every_word_has_its_sentence():
    assert tuple(BECAUSE) == get_args(Because)
    assert all(BECAUSE.values())


# --- whatever the findings are --------------------------------------------------------------------------------------

TRUTHS = st.sampled_from(list(Truth))


@st.composite
def any_verdict(draw):
    source = load_rubric(draw(st.sampled_from(shipped())))
    findings = {
        rule.id: Finding(
            rule.id, draw(st.sampled_from([NO, NO, NO, UNKNOWN, YES])), applies=draw(st.integers(0, 5)) > 0
        )
        for rule in source.rules
    }
    return verdict(source, findings)


@settings(max_examples=150, deadline=None)
@given(any_verdict(), st.sampled_from(shipped()))
def test_a_violated_item_never_becomes_all_no(said, other):
    translated = as_rubric(said, other)
    truths = {c.rule_id: c.truth for c in translated.categories}
    lost = {entry.rule_id for entry in (*translated.unmapped, *translated.unmapped_open)}
    violated = {f.rule_id for f in said.findings if f.truth is YES}
    unanswered = {f.rule_id for f in said.findings if f.truth is UNKNOWN and f.applies}
    for rule_id in violated | unanswered:
        hazards = {link.hazard for link in hazards_of(said.rubric_id, rule_id)}
        met = {t for t in truths if hazards & {link.hazard for link in hazards_of(other, t)}}
        met = {rule_id} & set(truths) if other == said.rubric_id else met
        assert (rule_id in lost) == (not met)
        assert all(truths[t] is not NO for t in met)
    if violated | unanswered:
        assert translated.truth is not NO


@st.composite
def world(draw):
    """An item, three hazards it has or has not, and rules whose truths respect their relations to the hazards."""
    hazards = ("hate", "privacy", "elections")
    there = {hazard: draw(st.booleans()) for hazard in hazards}

    def rule():
        links, may_be = {}, {False, True}
        for hazard in draw(st.sets(st.sampled_from(hazards), min_size=1)):
            relation, h = draw(st.sampled_from(RELATIONS)), there[hazard]
            fitting = {"exact": {h}, "narrower": {False, h}, "broader": {h, True}, "overlaps": {False, True}}[relation]
            if may_be & fitting:
                may_be &= fitting
                links[hazard] = relation
        return ", ".join(f"{h} {r}" for h, r in links.items()), draw(st.sampled_from(sorted(may_be)))

    return [[rule() for _ in range(draw(st.integers(1, 4)))] for _ in "ab"]


@settings(max_examples=600, deadline=None)
@given(world(), st.data())
def test_what_is_said_is_true_wherever_the_relations_hold(rules, data):
    """Soundness: in every world that respects the relations, a translated YES is there and a translated NO is not."""
    names = [[f"r{n}" for n in range(len(side))] for side in rules]
    a, b = rubric("a", *names[0]), rubric("b", *names[1])
    walk = crosswalk(
        **{
            side: {name: links for name, (links, _) in zip(names[n], rules[n], strict=True)}
            for n, side in enumerate("ab")
        }
    )
    truths = {
        name: data.draw(st.sampled_from([YES if holds else NO, UNKNOWN]))
        for name, (_, holds) in zip(names[0], rules[0], strict=True)
    }
    translated = as_rubric(verdict(a, truths), "b", walk, [a, b])
    for category, (_, holds) in zip(translated.categories, rules[1], strict=True):
        if category.truth is not UNKNOWN:
            assert (category.truth is YES) == holds, category


@settings(max_examples=60, deadline=None)
@given(any_verdict())
def test_an_allowed_finding_never_counts(said):
    aside = dataclasses.replace(said, findings=tuple(dataclasses.replace(f, allowed=True) for f in said.findings))
    translated = as_hub(aside)
    assert translated.violated == ()
    assert translated.unmapped == ()
    assert {c.rule_id: c.truth for c in translated.categories} == {c.rule_id: c.truth for c in as_hub(said).categories}


def test_what_is_allowed_does_not_answer_for_the_rest_of_a_category():
    a, b = rubric("a", "s", "u"), rubric("b", "x", "y")
    walk = crosswalk(a={"s": "hate narrower", "u": "privacy exact"}, b={"x": "hate exact", "y": "privacy exact"})
    for truth in (YES, UNKNOWN):
        translated = as_rubric(verdict(a, {"s": allowed("s", truth), "u": NO}), "b", walk, [a, b])
        assert [c.allowed for c in translated.categories] == [True, False]
        assert translated.violated == ()
        assert translated.truth is UNKNOWN, "s covers a part of x: nobody looked at the rest"
    whole = crosswalk(a={"s": "hate exact", "u": "privacy exact"}, b={"x": "hate exact", "y": "privacy exact"})
    assert as_rubric(verdict(a, {"s": allowed("s", YES), "u": NO}), "b", whole, [a, b]).truth is NO


@pytest.mark.parametrize(
    ("relation", "item"), [("exact", NO), ("broader", NO), ("narrower", UNKNOWN), ("overlaps", UNKNOWN)]
)
def test_any_allowed_rule_that_covers_a_category_sets_it_aside(relation, item):
    """x is said by s, which covers a part of it; w is allowed too, has no answer, and may cover all of it."""
    a, b = rubric("a", "s", "w", "u"), rubric("b", "x", "y")
    walk = crosswalk(
        a={"s": "hate narrower", "w": f"hate {relation}", "u": "privacy exact"},
        b={"x": "hate exact", "y": "privacy exact"},
    )
    said = verdict(a, {"s": allowed("s", YES), "w": allowed("w", UNKNOWN), "u": NO})
    translated = as_rubric(said, "b", walk, [a, b])
    x, _ = translated.categories
    assert (x.truth, x.because, x.allowed, [via.rule_id for via in x.via]) == (YES, "implied", True, ["s"])
    assert translated.truth is item
