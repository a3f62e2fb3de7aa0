"""Guards as judges, start to end: real classes of every family with tiny weights, random and taught one reply."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import tiny_guards
import torch
from PIL import Image
from typer.testing import CliRunner

from mmjudge import media
from mmjudge.backends.load import load_parts
from mmjudge.cli import app
from mmjudge.errors import BackendError, RubricError
from mmjudge.guards.registry import FAMILIES, family_of
from mmjudge.guards.run import LocalGuard
from mmjudge.judge import Judge
from mmjudge.policy import LOOSE, STRICT, Policy
from mmjudge.rubric import load_rubric, parse
from mmjudge.session import judge_item, open_judge, rubric_for, under
from mmjudge.store import open_store
from mmjudge.types import Reading, Segment, Truth, Turn

FRAME = np.random.default_rng(0).integers(0, 255, (80, 100, 3), dtype=np.uint8)
TURNS = (Turn("user", "How is it made?"), Turn("assistant", "With flour."))
WRITERS = [family.name for family in FAMILIES if not family.head]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folder of a tiny guard by name, each saved once."""
    found = {}

    def folder(name):
        if name not in found:
            found[name] = tiny_guards.save(name, tmp_path_factory.mktemp(name))
        return found[name]

    return folder


def segment_for(family, **others):
    """An answer to a request, with a picture where the guard looks at pictures, and no words where it reads none."""
    frames = (FRAME,) if "image" in family.reads else ()
    turns = TURNS if "text" in family.reads else ()
    return Segment("x", 0, turns=turns, target="response" if turns else "post", frames=frames, **others)


class NoWords:
    """OCR of pictures in which nothing is written."""

    id = "none"

    def read_text(self, frame):
        return ""


def judge_of(guard, rubric=None, policy=LOOSE):
    rules = rubric or load_rubric(guard.family.rubric or "default")
    return Judge("guard", rules, policy, guard=guard.under(rules), text_reader=NoWords())


def verdict_on(guard, segment, policy=LOOSE, rubric=None):
    return judge_of(guard, rubric, policy)(Reading("x", (segment,)))


# --- random weights: nothing is ever called safe ----------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
def test_a_guard_that_writes_noise_leaves_every_item_for_review(folders, name):
    family = family_of(name)
    judge = open_judge(f"guard:{name}@{folders(name)}", rubric_for(f"guard:{name}@x", None))
    verdict = replace(judge, text_reader=NoWords())(Reading("x", (segment_for(family),)))
    assert verdict.label == "needs_review"
    assert verdict.truth is Truth.UNKNOWN
    asked = [f for f in verdict.findings if f.applies and f.rule_id not in family.requests_only]
    assert {reason for f in asked for reason in f.reasons} == {"unparsed"}
    assert {piece.stage for piece in verdict.measurement.evidence} == {"guard"}


@pytest.mark.parametrize("name", ["duoguard", "shieldgemma-2"])
def test_a_classifier_scores_every_rule(folders, name):
    family = family_of(name)
    verdict = verdict_on(LocalGuard(family, folders(name)), segment_for(family))
    assert verdict.assessed == verdict.applicable == len(family.labels)
    scores = {finding.rule_id: finding.score for finding in verdict.findings}
    assert set(scores) == set(family.labels)
    for finding in verdict.findings:
        assert (finding.truth is Truth.YES) == (finding.score >= 0.5)


@pytest.mark.parametrize("name", ["duoguard", "shieldgemma-2"])
def test_outputs_that_are_no_numbers_are_never_safe(folders, name):
    guard = LocalGuard(family_of(name), folders(name))
    with torch.no_grad():
        for weight in guard._loaded.model.parameters():
            weight.fill_(float("nan"))
    verdict = verdict_on(guard, segment_for(guard.family))
    assert verdict.label == "needs_review"
    assert {reason for finding in verdict.findings for reason in finding.reasons} == {"backend_failed"}


def test_shieldgemma_2_scores_the_probability_of_yes(folders):
    """Against the softmax over the two tokens of the decoder inside the class, read by their names."""
    guard = LocalGuard(family_of("shieldgemma-2"), folders("shieldgemma-2"))
    loaded, labels = guard._loaded, ("dangerous", "sexual", "violence")
    said = dict(guard.assess(Segment("x", 0, frames=(FRAME,))))
    inputs = loaded.processor(images=[Image.fromarray(FRAME)], policies=list(labels), return_tensors="pt")
    with torch.inference_mode():
        logits = loaded.model.model(**inputs).logits[:, -1].double()
    yes, no = (loaded.tokenizer.convert_tokens_to_ids(word) for word in ("Yes", "No"))
    for row, rule in zip(logits, labels, strict=True):
        assert said[rule].score == pytest.approx(float(torch.sigmoid(row[yes] - row[no])), abs=1e-5)
    assert max(abs(ruling.score - 0.5) for ruling in said.values()) > 0.001, "yes and no cannot be told apart"


def test_duoguard_scores_each_output_by_itself(folders):
    """Against the class's own logits on request and answer joined by a space."""
    guard = LocalGuard(family_of("duoguard"), folders("duoguard"))
    tokens = guard._loaded.tokenizer("How is it made? With flour.", return_tensors="pt")
    with torch.inference_mode():
        logits = guard._loaded.model(**tokens).logits[0].double()
    said = guard.assess(segment_for(guard.family))
    assert [rule for rule, _ in said] == list(guard.family.labels)
    assert [ruling.score for _, ruling in said] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits], abs=1e-5)


# --- taught weights: the published reply becomes a verdict ------------------------------------------------------

TAUGHT = {
    "llama-guard-3": ("\n\nunsafe\nS1,S10", {"s1", "s10"}),
    "llama-guard-4": ("unsafe\nS9", {"s9"}),
    "qwen3guard": ("Safety: Unsafe\nCategories: Violent, PII\nRefusal: No", {"violent", "pii"}),
    "shieldgemma": ("Yes", {"dangerous", "harassment", "hate", "sexual"}),
    "granite-guardian-3.3": (
        "<score> yes </score>",
        {"harm", "social_bias", "violence", "profanity", "sexual_content", "unethical_behavior"},
    ),
    "wildguard": ("Harmful request: yes\nResponse refusal: no\nHarmful response: yes", {"harmful"}),
    "llavaguard": ('{"rating": "Unsafe", "category": "O3: Sexual Content", "rationale": "It is."}', {"o3"}),
    "sguard": ("<c_unsafe><m_safe><p_safe><s_safe><v_unsafe>", {"crime", "violence"}),
    "nemotron-safety-guard": (
        '{"User Safety": "unsafe", "Response Safety": "unsafe", "Safety Categories": "Violence, Threat"}',
        {"s1", "s11"},
    ),
    "md-judge": ("unsafe\nO5", {"o5"}),
    "polyguard": (
        "Harmful request: yes\nRequest safety violations: S2\nResponse refusal: no\nHarmful response: yes\n"
        "Response safety violations: S2, S6",
        {"s2", "s6"},
    ),
}


@pytest.mark.parametrize("name", list(TAUGHT))
def test_a_published_reply_becomes_a_verdict(folders, name):
    family = family_of(name)
    guard, (reply, violated) = LocalGuard(family, folders(name)), TAUGHT[name]
    segment = segment_for(family)
    tiny_guards.teach(guard, segment, reply)
    verdict = verdict_on(guard, segment)
    assert verdict.label == "unsafe"
    assert set(verdict.categories) == violated
    assert verdict.assessed == verdict.applicable
    assert 0.9 < verdict.score <= 1.0


def test_gpt_oss_safeguard_judges_by_the_rubric_it_is_given(folders):
    rubric = parse(
        "{id: mine, title: Mine, rules: [{id: bread, text: No bread., preconditions: [{id: p, any_of: [{id: q, ask: "
        "It is about bread.}]}]}, {id: cake, text: No cake., preconditions: [{id: p, any_of: [{id: q, ask: It is about "
        "cake.}]}]}]}",
        "mine",
    )
    guard = LocalGuard(family_of("gpt-oss-safeguard"), folders("gpt-oss-safeguard")).under(rubric)
    segment = Segment("x", 0, text="I bake.")
    thought = "<|channel|>analysis<|message|>Bread.<|end|><|start|>assistant<|channel|>final<|message|>"
    tiny_guards.teach(guard, segment, thought + '{"violation": 1, "rule_ids": ["bread"]}')
    verdict = verdict_on(guard, segment, rubric=rubric)
    assert verdict.categories == ("bread",)
    assert {f.rule_id: f.truth for f in verdict.findings} == {"bread": Truth.YES, "cake": Truth.NO}


@pytest.fixture(scope="module")
def calm(folders):
    """A Llama Guard that finds the same words safe, and its segment."""
    guard = LocalGuard(family_of("llama-guard-3"), folders("llama-guard-3"))
    segment = Segment("x", 0, text="How is it made?", target="prompt")
    tiny_guards.teach(guard, segment, "\n\nsafe")
    return guard, segment


def test_safe_is_bounded_by_the_probability_of_unsafe_for_every_rule(calm):
    guard, segment = calm
    verdict = verdict_on(guard, segment)
    assert verdict.label == "safe"
    pieces = verdict.measurement.evidence
    assert {piece.path for piece in pieces} == {"bounded"}
    assert len({piece.score for piece in pieces}) == 1


def test_a_bound_above_the_threshold_is_unknown_and_not_a_violation_of_everything(calm):
    guard, segment = calm
    verdict = verdict_on(guard, segment, policy=Policy(id="low", detector_at=0.0))
    assert verdict.label == "needs_review"
    assert {reason for f in verdict.findings for reason in f.reasons} == {"not_asked"}


def test_the_score_is_the_softmax_where_the_deciding_word_was_chosen(calm):
    """Against the model's own public forward on prompt and reply, the spellings found by decoding the vocabulary."""
    guard, segment = calm
    model, tokens = guard._loaded.model, guard._loaded.tokenizer
    [(talk, frames)] = guard._looks(segment)
    [ask] = guard.family.asks(talk, guard._rubric)
    prompt = guard._inputs(ask, frames)["input_ids"]
    reply = tokens("\n\nsafe", add_special_tokens=False, return_tensors="pt")["input_ids"]
    chosen = [tokens.decode([n]).strip() for n in reply[0]].index("safe")
    with torch.inference_mode():
        logits = model(torch.cat([prompt, reply], 1)).logits[0, prompt.shape[1] + chosen - 1]
    shares = logits.double().softmax(-1)
    said = [tokens.decode([n]).strip().casefold() for n in range(len(tokens))]
    unsafe = sum(float(shares[n]) for n, word in enumerate(said) if word and "unsafe".startswith(word))
    safe = sum(float(shares[n]) for n, word in enumerate(said) if word and "safe".startswith(word))
    [piece, *_] = verdict_on(guard, segment).measurement.evidence
    assert piece.score == pytest.approx(unsafe / (unsafe + safe), abs=1e-5)
    assert piece.mass == pytest.approx(unsafe + safe, abs=1e-5)


def test_controversial_is_controversial_whatever_its_probability(folders):
    guard = LocalGuard(family_of("qwen3guard"), folders("qwen3guard"))
    segment = Segment("x", 0, text="How is it made?", target="prompt")
    tiny_guards.teach(guard, segment, "Safety: Controversial\nCategories: Jailbreak")
    for policy in (LOOSE, STRICT):
        verdict = verdict_on(guard, segment, policy)
        assert verdict.label == "controversial"
        assert verdict.categories == ("jailbreak",)
        assert verdict.score > 0.9


def test_every_turn_of_a_post_is_judged(folders):
    guard = LocalGuard(family_of("wildguard"), folders("wildguard"))
    segment = Segment("x", 0, turns=TURNS)
    lines = "Harmful request: {}\nResponse refusal: no\nHarmful response: {}"
    tiny_guards.teach(guard, segment, lines.format("yes", "n/a"), lines.format("no", "no"))
    verdict = verdict_on(guard, segment)
    assert [round(piece.score) for piece in verdict.measurement.evidence] == [1, 0]
    assert verdict.label == "unsafe"


# --- what a guard cannot do is said -----------------------------------------------------------------------------


def test_a_text_guard_says_that_it_does_not_see_the_picture(calm):
    guard, segment = calm
    both = Segment("x", 0, text=segment.text, target="prompt", frames=(FRAME,))
    verdict = verdict_on(guard, both)
    assert verdict.label == "needs_review"
    assert verdict.only_not_observable
    alone = verdict_on(guard, Segment("x", 0, frames=(FRAME,)))
    assert alone.label == "needs_review"
    assert {piece.reason for piece in alone.measurement.evidence} == {"not_observable"}


def test_a_guard_of_pictures_says_that_it_does_not_read_the_words(folders):
    guard = LocalGuard(family_of("shieldgemma-2"), folders("shieldgemma-2"))
    verdict = verdict_on(guard, Segment("x", 0, text="hello"))
    assert verdict.label == "needs_review"
    assert not any(finding.applies for finding in verdict.findings), "its rules are about pictures"


def test_llama_guard_4_does_not_judge_a_picture_without_words(folders):
    verdict = verdict_on(
        LocalGuard(family_of("llama-guard-4"), folders("llama-guard-4")), Segment("x", 0, frames=(FRAME,))
    )
    assert verdict.label == "needs_review"
    assert {piece.reason for piece in verdict.measurement.evidence} == {"unsupported_modality"}


@pytest.mark.parametrize("name", [n for n in WRITERS if n not in ("llavaguard", "gpt-oss-safeguard")])
def test_an_answer_without_its_request_is_not_judged(folders, name):
    said = LocalGuard(family_of(name), folders(name)).assess(Segment("x", 0, text="With flour.", target="response"))
    assert said
    assert {missing.reason for _, missing in said} == {"unsupported_modality"}


def test_md_judge_judges_no_request(folders):
    said = LocalGuard(family_of("md-judge"), folders("md-judge")).assess(Segment("x", 0, text="How?"))
    assert {missing.reason for _, missing in said} == {"unsupported_modality"}


def test_what_does_not_fit_is_too_large(calm):
    guard, _ = calm
    said = guard.assess(Segment("x", 0, text="\u00e9" * 20_000))
    assert {missing.reason for _, missing in said} == {"too_large"}


def test_a_model_that_breaks_is_evidence(calm, monkeypatch):
    guard, segment = calm
    monkeypatch.setattr(guard._loaded.model, "generate", lambda **_: (_ for _ in ()).throw(AttributeError("gone")))
    assert {missing.reason for _, missing in guard.assess(segment)} == {"backend_failed"}


def test_mistakes_are_told(folders, tmp_path):
    folder = folders("llama-guard-3")
    with pytest.raises(BackendError, match="type llama"):
        LocalGuard(family_of("wildguard"), folder)
    with pytest.raises(BackendError, match="llama-guard-3, llama-guard-4"):
        load_parts(f"guard:llama@{folder}")
    with pytest.raises(BackendError, match="FOLDER"):
        load_parts("guard:wildguard")
    with pytest.raises(BackendError, match=r"config\.json"):
        load_parts(f"guard:wildguard@{tmp_path}")
    guard = load_parts(f"guard:llama-guard-3@{folder}").guard
    with pytest.raises(RubricError, match="guard_llama_guard"):
        guard.under(load_rubric("default"))


def test_the_guards_own_taxonomy_is_taken_unless_another_is_chosen():
    assert rubric_for("guard:md-judge@x", None).id == "guard_md_judge"
    assert rubric_for("guard:gpt-oss-safeguard@x", None).id == "default"
    assert rubric_for("guard:md-judge@x", "osbench").id == "osbench"
    assert rubric_for("embedded", None).id == "default"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_names_its_source_and_speaks_to_its_rubric(family):
    assert family.source
    assert family.revision
    assert family.licence
    assert bool(family.head) == bool(family.labels)
    rules = {rule.id for rule in load_rubric(family.rubric or "default").rules}
    assert set(family.labels) <= rules
    assert set(family.requests_only) <= rules


# --- through the command line and the store ---------------------------------------------------------------------


def test_through_the_command_line_with_its_own_rubric(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    name = f"guard:duoguard@{folders('duoguard')}"
    done = CliRunner().invoke(app, ["judge", "--text", "How is it made?", "--judge", name, "--json"])
    told = json.loads(done.stdout)
    assert told["rubric_id"] == "guard_duoguard"
    assert {piece["stage"] for piece in told["measurement"]["evidence"]} == {"guard"}
    refused = CliRunner().invoke(app, ["judge", "--text", "x", "--judge", name, "--rubric", "default"])
    assert refused.exit_code != 0


def test_what_a_guard_said_is_stored_and_decided_again_without_it(calm, tmp_path):
    guard, _ = calm
    judge, store = judge_of(guard), open_store(f"sqlite:///{tmp_path}/x.db")
    item = media.item(text="How is it made?", target="prompt")
    verdict = judge_item(judge, store, item)
    stored = store.measurement(item.id, judge.measurer_id)
    assert stored.evidence == verdict.measurement.evidence
    assert under(judge, judge.rubric, STRICT).decide(stored).findings == verdict.findings
