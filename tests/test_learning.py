"""From labels and stored evidence to a calibration: a real store, a scripted judge, people drawn from a known curve."""

import math
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from mmjudge import media
from mmjudge.agreement.fitting import fit
from mmjudge.agreement.risk import Threshold, TooFew, threshold
from mmjudge.backends.fake import FakeBackend
from mmjudge.calibration import Calibration, Curve, RuleCalibration, calibration_for, own_path
from mmjudge.decide import decide
from mmjudge.errors import MMJudgeError, RubricError
from mmjudge.judge import Judge
from mmjudge.labelled import held_back, people_say
from mmjudge.learning import learn
from mmjudge.learnt import keep, policy_path, policy_text, take_away
from mmjudge.people import Project
from mmjudge.policy import LOOSE, Policy, load_policy
from mmjudge.priors import Priors
from mmjudge.reviewing import adjudicate, reopen
from mmjudge.rubric import parse
from mmjudge.session import judge_item, redecided
from mmjudge.store import open_store
from mmjudge.switches import Switch
from mmjudge.types import Label, Truth

RULES = """
id: two
title: T
rules:
  - {id: knife, modalities: [text], text: No., preconditions: [{id: p, any_of: [{id: q, ask: A knife.}]}]}
  - {id: fire, modalities: [text], text: No., preconditions: [{id: p, any_of: [{id: q, ask: A fire.}]}]}
"""
TWO = parse(RULES, "two")


def scripted(segment, question):
    """The number the text names for the question's word."""
    word = "knife" if "knife" in question else "fire"
    return float(re.search(rf"{word} (0\.\d+)", segment.text)[1])


def judge(name="fake"):
    return Judge("fake", TWO, LOOSE, backend=FakeBackend(scripted, id=name), priors=Priors(None, name, "1"))


def filled(folder, n=220, seed=1, about="item", raters=3, bias=-2.0, slope=0.6):
    """A store with n judged items and the labels of people whose chance of a yes is a curve of the judge's score."""
    rng = np.random.default_rng(seed)
    store, ready = open_store(f"sqlite:///{folder}/a.db"), judge()
    for number in range(n):
        item = media.item(f"case {number} knife {rng.uniform(0.02, 0.98):.3f} fire {rng.uniform(0.02, 0.98):.3f}")
        verdict = judge_item(ready, store, item, reading=media.read(item))
        scores = {"": verdict.score} if about == "item" else {f.rule_id: f.score for f in verdict.findings}
        for rule, score in scores.items():
            yes = rng.random() < expit(slope * logit(score) + bias + (3.0 if rule == "fire" else 0.0))
            for rater in range(raters):
                store.save_label(label(item.id, f"r{rater}", "yes" if yes else "no", rule))
    return store


def label(item_id, rater, value, rule="", **more):
    return Label(item_id, TWO.id, TWO.version, rater, value, rule_id=rule, **more)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture(scope="module")
def items_store(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("items"))


@pytest.fixture(scope="module")
def rules_store(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("rules"), n=130, seed=2, about="rules", raters=1)


def held_rows(store, calibration, policy=LOOSE):
    """(score, truth, label) of the held-back items, put together here from the store alone."""
    truth = {one.item_id: one.value == "yes" for one in store.latest_labels()}
    found = []
    for stored in store.measurements(limit=1000):
        if held_back(stored.measurement.item_id):
            verdict = decide(TWO, stored.measurement, policy, "", calibration)
            found.append((verdict.score, truth[verdict.item_id], verdict.label))
    return found


@pytest.mark.parametrize("method", ["platt", "beta", "isotonic"])
def test_what_is_learnt_is_better_on_items_that_were_held_back(home, items_store, method):
    lesson = learn(items_store, TWO, LOOSE, method)
    assert lesson.about == "item"
    assert lesson.learnt_from.n + lesson.before.n == 220
    for figures, calibration in ((lesson.before, None), (lesson.after, lesson.calibration)):
        scores, truth, labels = zip(*held_rows(items_store, calibration), strict=True)
        assert figures.brier == pytest.approx(brier_score_loss(truth, scores))
        assert figures.auroc == pytest.approx(roc_auc_score(truth, scores))
        counts = Counter(zip(truth, labels, strict=True))
        assert figures.missed == counts[True, "safe"]
        assert figures.alarms == counts[False, "unsafe"] + counts[False, "controversial"]
        assert figures.unknown == counts[True, "needs_review"] + counts[False, "needs_review"]
    assert lesson.after.brier < lesson.before.brier - 0.05
    assert lesson.after.ece < lesson.before.ece
    assert lesson.gain[0] == pytest.approx(lesson.before.brier - lesson.after.brier)
    assert 0 < lesson.gain[1] < lesson.gain[0] < lesson.gain[2]
    if method != "isotonic":
        assert lesson.after.auroc == pytest.approx(lesson.before.auroc, abs=1e-12)


def test_held_back_labels_change_nothing_that_is_learnt(home, tmp_path):
    store = filled(tmp_path, n=80)
    before = learn(store, TWO, LOOSE)
    for stored in store.measurements(limit=1000):
        if held_back(stored.measurement.item_id):
            for rater in range(3):
                store.save_label(label(stored.measurement.item_id, f"r{rater}", "yes"))
    after = learn(store, TWO, LOOSE)
    assert after.calibration.rules == before.calibration.rules
    assert after.promises == before.promises
    assert after.before.violations > before.before.violations


def test_no_model_is_asked_and_nothing_is_written(home, items_store):
    verdicts = len(items_store.verdicts(limit=1000))
    learn(items_store, TWO, LOOSE)
    assert len(items_store.verdicts(limit=1000)) == verdicts
    assert not (home / "home").exists()


def test_labels_on_rules_give_each_rule_a_curve_of_its_own(home, rules_store):
    lesson = learn(rules_store, TWO, LOOSE)
    assert lesson.about == "rules"
    knife, fire = (lesson.calibration.rule(name).curve for name in ("knife", "fire"))
    assert fire(0.5) - knife(0.5) > 0.3  # people call three log-odds more of fire
    assert [name for name, _, _ in lesson.by_rule] == ["fire", "knife"]
    assert sum(after.n for _, _, after in lesson.by_rule) == lesson.after.n
    assert lesson.after.brier < lesson.before.brier
    with pytest.raises(MMJudgeError, match="nobody labelled"):
        learn(rules_store, TWO, LOOSE, about="item")


def test_the_promised_threshold_holds_and_what_it_misses_is_counted(home, items_store):
    lesson = learn(items_store, TWO, LOOSE, alpha=0.2, confidence=0.9)
    ((rule, promise),) = lesson.promises
    assert rule == ""
    assert isinstance(promise, Threshold)
    scored = [(s, t) for s, t, _ in held_rows(items_store, lesson.calibration, lesson.policy) if t]
    assert lesson.bounded.missed == sum(s < lesson.policy.yes_from for s, _ in scored)
    assert lesson.policy.yes_from == lesson.policy.no_below <= promise.at < lesson.policy.yes_from + 2e-6
    refused = learn(items_store, TWO, LOOSE, alpha=0.001)
    assert refused.policy is None
    assert isinstance(refused.promises[0][1], TooFew)
    assert "2302" in refused.promises[0][1].why


def test_thresholds_alone_leave_the_scores_as_they_are(home, items_store):
    lesson = learn(items_store, TWO, LOOSE, "none", alpha=0.2)
    assert {rule.curve for rule in lesson.calibration.rules} == {None}
    assert lesson.after.brier == pytest.approx(lesson.before.brier)
    assert lesson.gain[0] == pytest.approx(0)
    truth = {one.item_id: one.value == "yes" for one in items_store.latest_labels()}
    scores = [
        decide(TWO, stored.measurement, LOOSE, "").score
        for stored in items_store.measurements(limit=1000)
        if truth[stored.measurement.item_id] and not held_back(stored.measurement.item_id)
    ]
    assert lesson.promises[0][1].at == pytest.approx(threshold(np.array(scores), 0.2, 0.9).at)


def test_thresholds_of_rules_are_switches_of_a_policy_that_can_be_read(home, rules_store, tmp_path):
    given = Policy(id="mine", switches=(Switch("knife", "sensitive"),), relevant=(("clip", 0.5),))
    lesson = learn(rules_store, TWO, given, alpha=0.2)
    assert {rule for rule, _ in lesson.promises} == {"knife", "fire"}
    assert {s.of: s.state for s in lesson.policy.switches}["knife"] == "sensitive"
    for rule, promise in lesson.promises:
        if isinstance(promise, Threshold):
            cut = next(s.yes_from for s in lesson.policy.switches if s.of == rule)
            assert promise.at - 1e-6 <= cut <= promise.at
    file = tmp_path / "p.yaml"
    file.write_text(policy_text(lesson.policy), encoding="utf-8")
    assert load_policy(str(file)) == lesson.policy


def test_kept_it_decides_what_is_stored_again_and_undone_all_is_as_before(home, tmp_path):
    store = filled(tmp_path, n=80)
    lesson = learn(store, TWO, LOOSE, alpha=0.3)
    path, thresholds = keep(lesson.calibration, lesson.policy, TWO)
    assert calibration_for("fake", "1", TWO) == lesson.calibration
    assert load_policy(str(thresholds)) == lesson.policy
    changed = list(redecided(store, LOOSE, TWO.id))
    assert any(before.score != now.score for before, now in changed)
    assert {now.judge_id for _, now in changed}.isdisjoint(before.judge_id for before, _ in changed)
    again = learn(store, TWO, LOOSE)  # on the shipped numbers, never on top of itself
    assert again.calibration.rules == lesson.calibration.rules
    assert again.before == again.after == lesson.after
    assert take_away(TWO.id) == (path, False)
    assert calibration_for("fake", "1", TWO) is None
    assert list(path.parent.iterdir()) == []
    assert {now.score for _, now in redecided(store, LOOSE, TWO.id)} == {before.score for before, _ in changed}


def test_an_earlier_one_is_back_in_force_when_the_later_is_undone(home):
    first, second, third = (
        Calibration(
            "m", "1", TWO.id, TWO.version, words, (RuleCalibration("fire", 0, 1, 0, Curve("platt", (slope, 0))),)
        )
        for words, slope in (("a", 1.0), ("b", 2.0), ("c", 3.0))
    )
    path, _ = keep(first, Policy(id="p"), TWO)
    keep(second, None, TWO)
    assert not policy_path(path).exists()
    keep(third, Policy(id="q"), TWO)
    for expected, policy in ((second, None), (first, "p"), (None, None)):
        assert take_away(TWO.id, "m") == (path, expected is not None)
        assert calibration_for("m", "1", TWO) == expected
        assert (load_policy(str(policy_path(path))).id if policy_path(path).exists() else None) == policy
    with pytest.raises(RubricError, match="nothing to undo"):
        take_away(TWO.id)


def test_undo_asks_which_of_several_and_takes_a_broken_file_away(home):
    for model in ("m", "n"):
        keep(Calibration(model, "1", TWO.id, TWO.version, "", ()), None, TWO)
    with pytest.raises(RubricError, match="m, n"):
        take_away(TWO.id)
    take_away(TWO.id, "m")
    own_path("n", "1", TWO).write_text("{", encoding="utf-8")
    take_away(TWO.id)
    assert calibration_for("n", "1", TWO) is None
    with pytest.raises(RubricError, match="fit it again"):
        keep(Calibration("m", "1", TWO.id, "another version", "", ()), None, TWO)


def test_who_counts_among_people(tmp_path):
    store, ids = open_store(f"sqlite:///{tmp_path}/a.db"), {}
    names = ("tie", "most", "settled", "unsure", "shown", "gone")
    for name in names:
        item = media.item(name)
        store.save_item(item, [])
        ids[name] = item.id
    said = [
        label(ids["tie"], "a", "yes"), label(ids["tie"], "b", "no"),
        label(ids["most"], "a", "yes"), label(ids["most"], "b", "yes"), label(ids["most"], "c", "no"),
        label(ids["settled"], "a", "yes"), label(ids["settled"], "judy", "no", phase="adjudication"),
        label(ids["unsure"], "a", "controversial"), label(ids["unsure"], "b", "cant_tell"),
        label(ids["shown"], "a", "yes", phase="assisted"), label(ids["shown"], "a", "yes", phase="after_reveal"),
        label(ids["gone"], "a", "yes"), label(ids["gone"], "a", "withdrawn"),
        label(ids["unsure"], "judge:published", "yes"), label(ids["gone"], "judge:published", "yes"),
        label(ids["most"], "a", "no", project="p"),
    ]  # fmt: skip
    for one in said[:-1]:
        store.save_label(one)
    found = people_say(store, TWO)
    assert found.truth == {(ids["most"], ""): True, (ids["settled"], ""): False}
    assert (found.raters, found.undecided, found.assisted) == (4, 2, 1)
    store.save_rubric(TWO)
    store.save_project(Project("p", "P", TWO.id, TWO.version), [(ids["most"], None)])
    store.save_label(said[-1])
    assert people_say(store, TWO, "p").truth == {(ids["most"], ""): False}
    assert people_say(store, replace(TWO, version="edited")).truth == {}


def test_what_is_settled_counts_in_every_project_until_anybody_reopens_it(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    inside, outside = (media.item(name) for name in ("inside", "outside"))
    store.save_rubric(TWO)
    for item in (inside, outside):
        store.save_item(item, [])
    store.save_project(Project("p", "P", TWO.id, TWO.version), [(inside.id, None)])
    store.save_label(label(inside.id, "a", "yes", project="p"))
    adjudicate(store, TWO, inside.id, "", "no", "It is a quotation.", "judy")
    adjudicate(store, TWO, outside.id, "", "yes", "It is a threat.", "judy")
    assert people_say(store, TWO, "p").truth == {(inside.id, ""): False}
    assert people_say(store, TWO).truth == {(inside.id, ""): False, (outside.id, ""): True}
    reopen(store, TWO, inside.id, "", "It is none.", "ruth")
    assert people_say(store, TWO, "p").truth == {(inside.id, ""): True}
    adjudicate(store, TWO, inside.id, "", "no", "It is one.", "ruth")
    reopen(store, TWO, outside.id, "", "Who says so?", "ruth")
    assert people_say(store, TWO).truth == {(inside.id, ""): False}


def test_what_cannot_be_learnt_is_said_in_words(home, tmp_path):
    store = filled(tmp_path, n=12)
    with pytest.raises(MMJudgeError, match="it takes 10 of each"):
        learn(store, TWO, LOOSE)
    edited = replace(TWO, version="edited")
    with pytest.raises(MMJudgeError, match=f"on version {TWO.version}, which hold for that one only"):
        learn(store, edited, LOOSE)
    with pytest.raises(MMJudgeError, match="known are fake"):
        learn(store, TWO, LOOSE, model="another")
    with pytest.raises(MMJudgeError, match="no project 'another'"):
        learn(store, TWO, LOOSE, project="another")
    item = media.item("case 1 knife 0.111 fire 0.222")
    judge_item(judge("second"), store, item, reading=media.read(item))
    store.save_label(label(item.id, "a", "yes"))
    with pytest.raises(MMJudgeError, match=r"say which with --model: (fake|second)"):
        learn(store, TWO, LOOSE)


def test_labels_the_scores_know_nothing_of_are_refused(home, tmp_path):
    store = filled(tmp_path, n=100, slope=-3.0, bias=3.0)
    with pytest.raises(MMJudgeError, match="tell nothing about these labels"):
        learn(store, TWO, LOOSE)


def test_a_violation_nobody_scored_is_missed_only_where_the_judge_said_no(home, tmp_path):
    """Two of the violations have no score: one was not asked (UNKNOWN, a person sees it)."""
    from mmjudge.labelled import Answers
    from mmjudge.learning import promised

    n = 30
    score = np.concatenate([[math.nan, math.nan], np.linspace(0.3, 0.9, n - 2)])
    judged = np.array([Truth.NO, Truth.UNKNOWN] + [Truth.YES] * (n - 2), dtype=np.int8)
    answers = Answers(("i",) * n, ("",) * n, score, judged, np.ones(n, bool), np.zeros(n, bool))
    ((_, promise),) = promised(answers, "item", 0.2, 0.9)
    assert promise.n == 30
    assert promise.missed == sum(score[2:] < promise.at) + 1


def test_the_curves_of_a_lesson_are_fits_to_the_learning_half(home, items_store):
    truth = {one.item_id: one.value == "yes" for one in items_store.latest_labels()}
    verdicts = [
        decide(TWO, stored.measurement, LOOSE, "")
        for stored in items_store.measurements(limit=1000)
        if not held_back(stored.measurement.item_id)
    ]
    scores, said = np.array([v.score for v in verdicts]), np.array([truth[v.item_id] for v in verdicts])
    lesson = learn(items_store, TWO, LOOSE, "isotonic")
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, said)
    ours = [lesson.calibration.rule("fire").curve(score) for score in np.linspace(0, 1, 99)]
    pooled = fit("isotonic", scores, said)
    assert ours == pytest.approx(theirs.predict(np.linspace(0, 1, 99)), abs=1e-6)
    assert lesson.learnt_from.violations == pooled.positives == int(said.sum())


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_curve_fitted_to_the_same_labels_does_not_spoil_the_promise(method):
    """Thresholds are ranks: scores, curve and threshold all come from the same 150 labels, and the miss rate on what
    is drawn afresh stays below alpha in at least the promised share of draws."""
    rng, kept, draws = np.random.default_rng(3), 0, 400
    fresh = rng.beta(3.0, 1.5, 20_000)  # scores of violations
    for _ in range(draws):
        scores = np.concatenate([rng.beta(3.0, 1.5, 70), rng.beta(1.5, 3.0, 80)])
        truth = np.arange(150) < 70
        curve = fit(method, scores, truth)
        found = threshold(curve(scores[truth]), 0.1, 0.9)
        kept += np.mean(curve(fresh) < found.at) <= 0.1
    assert kept / draws >= 0.9 - 3 * math.sqrt(0.09 / draws)


def test_only_what_words_show_is_fitted():
    from mmjudge.learning import words_only
    from mmjudge.types import Evidence, Measurement, Passage

    asked = Evidence("fire", "q", 0, "probe", "m", score=0.3)
    kept = (asked, Evidence("", "", 0, "juror", "light", score=0.4))
    left = (
        Evidence("fire", "", 0, "detect", "nsfw", ("image",), score=0.9),
        Evidence("fire", "", 0, "guard", "g", score=0.9),
        Evidence("fire", "q", 0, "probe", "m", ("image",), score=0.9),
    )
    measured = Measurement("i", "m", (Passage(0, modalities=("text", "image")),), (), (*kept, *left))
    assert words_only(measured).evidence == kept
    assert decide(TWO, words_only(measured), LOOSE, "").score == 0.3
