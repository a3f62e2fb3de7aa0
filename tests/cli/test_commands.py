"""The real entry point in a process of its own: what is printed, stored, and said by the exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from tiny_lookers import build as build_looker
from tiny_models import build

from mmjudge.backends.torchvision_ops import with_torchvision

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mmjudge(tmp_path):
    """Runs `mmjudge …` with a data folder of its own. To the scripted judge "kill" and "bomb" are alarming words."""

    def run(*arguments, stdin=b"", **env):
        program = [sys.executable, "-m", "mmjudge", *map(str, arguments)]
        env = {**os.environ, "MMJUDGE_HOME": str(tmp_path / "home"), "COLUMNS": "120", **env}
        done = subprocess.run(
            program, input=stdin, capture_output=True, cwd=tmp_path, env=env, check=False, timeout=300
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


RUBRIC = """
id: small
title: Small
rules:
  - id: kill
    modalities: [text]
    category: Killing
    text: No killing.
    preconditions: [{id: p1, any_of: [{id: q1, ask: Someone threatens to kill.}]}]
"""


@pytest.fixture
def rubric(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(RUBRIC)
    return file


def test_help_is_quick_to_import_and_names_every_command(mmjudge):
    code, out, _ = mmjudge("--help")
    assert code == 0
    assert {"judge", "redecide", "rubric", "doctor", "demo", "weights", "models", "ui"} <= set(out.split())


@pytest.mark.parametrize(("text", "code", "word"), [("I will kill you", 1, "UNSAFE"), ("bread", 0, "SAFE")])
def test_a_text(mmjudge, rubric, text, code, word):
    done = mmjudge("judge", "--text", text, "--rubric", rubric, "--judge", "fake")
    assert done[0] == code
    assert done[1].startswith(word)


def test_standard_input_and_json(mmjudge, rubric):
    code, out, _ = mmjudge("judge", "-", "-r", rubric, "-j", "fake", "--json", stdin=b"I will kill you")
    verdict = json.loads(out)
    assert (code, verdict["label"], verdict["truth"]) == (1, "unsafe", "yes")
    assert verdict["categories"] == [{"rule": "kill", "category": "Killing"}]
    assert verdict["coverage"] == "1 rule violated; all 1 rule was assessed"
    [asked] = [e for e in verdict["measurement"]["evidence"] if e["stage"] == "probe"]
    assert asked["m"] == pytest.approx(0.95)
    assert asked["prior"] == pytest.approx(0.3)


def test_several_files_and_the_worst_decides_the_code(mmjudge, rubric, tmp_path):
    (tmp_path / "good.txt").write_text("bread")
    (tmp_path / "bad.txt").write_text("I will kill you")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    code, out, _ = mmjudge("judge", "good.txt", "bad.txt", "broken.png", "-r", rubric, "-j", "fake")
    assert code == 1
    assert [line.split()[0] for line in out.splitlines() if line and not line.startswith(" ")] == [
        "SAFE",
        "UNSAFE",
        "NEEDS",
    ]
    code, out, _ = mmjudge("judge", "good.txt", "broken.png", "-r", rubric, "-j", "fake")
    assert code == 3
    assert "not read" in out


def test_what_reading_could_not_tell_is_said(mmjudge, rubric, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000, np.float32), 16_000)
    _, out, _ = mmjudge("judge", "silent.wav", "-r", rubric, "-j", "fake")
    assert "read with a note: nothing can be heard in 1.0 s" in " ".join(out.split())


def test_explain_shows_the_numbers(mmjudge, rubric):
    _, out, _ = mmjudge("judge", "-t", "bread", "-r", rubric, "-j", "fake", "--explain")
    assert "M(x) 0.050 prior 0.300" in out
    assert "strategy 1" in out


def test_terminal_codes_in_an_item_are_printed_harmless(mmjudge, rubric, tmp_path):
    (tmp_path / "a\x1b[31mb.txt").write_text("I will kill you")
    _, out, _ = mmjudge("judge", "a\x1b[31mb.txt", "-r", rubric, "-j", "fake")
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["judge"], "nothing to judge"),
        (["judge", "nowhere.txt", "-j", "fake"], "nowhere.txt"),
        (["judge", "-t", "x", "-j", "none"], "none"),
        (["judge", "-t", "x", "-j", "fake", "-p", "medium"], "no policy 'medium'"),
        (["judge", "-t", "x", "-j", "fake", "-r", "nope"], "no rubric 'nope'"),
        (["judge", "-t", "x", "-j", "fake", "--without", "luck"], "no stage 'luck'"),
        (["judge", "-t", "x", "--target", "poem"], "--target"),
        (["judge", "-t", "x", "-j", "transformers:/nowhere"], "/nowhere"),
        (["demo", "--only", "smell"], "smell"),
        (["bogus"], "bogus"),
    ],
)
def test_mistakes_end_with_2_and_words(mmjudge, arguments, words):
    code, out, err = mmjudge(*arguments)
    assert code == 2
    assert words in " ".join(err.split())
    assert out == ""


def test_no_model_at_all_ends_with_2_and_says_how_to_get_one(mmjudge, tmp_path):
    empty = tmp_path / "empty"
    code, _, err = mmjudge("judge", "-t", "x", MMJUDGE_CACHE=str(empty), HF_HUB_OFFLINE="1")
    assert code == 2
    assert "mmjudge weights" in err


def test_the_same_item_is_found_and_a_new_policy_asks_no_model(mmjudge, rubric, tmp_path):
    text = "I will kill you"
    mmjudge("judge", "-t", text, "-r", rubric, "-j", "fake")
    again = json.loads(mmjudge("judge", "-t", text, "-r", rubric, "-j", "fake", "--json")[1])
    fresh = json.loads(mmjudge("judge", "-t", text, "-r", rubric, "-j", "fake", "--json", "--fresh")[1])
    assert (again["measurement"]["attempt"], fresh["measurement"]["attempt"]) == (1, 2)
    picky = tmp_path / "picky.yaml"
    picky.write_text("id: picky\naccept: 1.0\n")
    code, out, _ = mmjudge("redecide", "--policy", picky)
    assert code == 0
    assert "1 items decided again under policy picky; no model was asked" in out
    assert "unsafe -> needs review" in out
    assert "needs review -> unsafe" in mmjudge("redecide", "--policy", "strict")[1]


def test_ablation_is_another_measurer(mmjudge, rubric):
    whole = json.loads(mmjudge("judge", "-t", "x", "-r", rubric, "-j", "fake", "--json")[1])
    raw = json.loads(mmjudge("judge", "-t", "x", "-r", rubric, "-j", "fake", "--json", "--without", "debias")[1])
    assert whole["measurement"]["measurer_id"] != raw["measurement"]["measurer_id"]
    assert [e["prior"] for e in raw["measurement"]["evidence"] if e["stage"] == "probe"] == [None]


def test_rubrics(mmjudge, rubric):
    assert "osbench" in mmjudge("rubric", "list")[1]
    shown = mmjudge("rubric", "show", "osbench")[1]
    assert "OR" in shown
    assert "NOT" in shown
    code, out, _ = mmjudge("rubric", "check", rubric)
    assert (code, "0 remarks" in out) == (0, True)
    rubric.write_text(RUBRIC.replace("threatens to", "intends to"))
    code, out, _ = mmjudge("rubric", "check", rubric)
    assert code == 3
    assert "cannot be seen or read" in out
    rubric.write_text(RUBRIC.replace("ask:", "aks:"))
    code, _, err = mmjudge("rubric", "check", rubric)
    assert code == 2
    assert "unknown key 'aks'" in err


def test_doctor_tells_what_is_there(mmjudge, tmp_path):
    code, out, _ = mmjudge("doctor", "--judge", "fake", MMJUDGE_CACHE=str(tmp_path / "none"))
    assert code == 0
    assert "absent" in out
    assert "mmjudge weights qwen-1.5b" in out
    assert "measurer" in out


def test_doctor_tells_how_a_model_of_ones_own_may_be_asked(mmjudge, tmp_path):
    folder = build("smolvlm", tmp_path / "model")
    code, out, _ = mmjudge("doctor", "--judge", f"transformers:{folder}", MMJUDGE_CACHE=str(tmp_path / "none"))
    assert code == 3  # nobody there to hear speech
    assert "cascade; largest difference of a logit: cascade " in out
    assert "image, text, video" in out
    assert "s for each further question" in out


def test_postgres_by_url(mmjudge, rubric, postgres_url):
    env = {"MMJUDGE_DATABASE_URL": postgres_url}
    assert mmjudge("judge", "-t", "I will kill you", "-r", rubric, "-j", "fake", **env)[0] == 1
    assert "1 items decided again" in mmjudge("redecide", **env)[1]


PICTURES = """
id: pictures
title: Pictures
rules:
  - id: knife
    modalities: [image]
    text: No knives.
    preconditions: [{id: p1, any_of: [{id: q1, ask: A knife is there., about: [knife]}]}]
"""


def test_a_model_with_a_locator_and_an_encoder_beside_it(mmjudge, tmp_path):
    with_torchvision()
    seeing, owl = build("idefics3", tmp_path / "seeing"), build_looker("owlv2", tmp_path / "owl")
    clip, rubric = build_looker("clip", tmp_path / "clip"), tmp_path / "pictures.yaml"
    rubric.write_text(PICTURES)
    policy = tmp_path / "near.yaml"
    policy.write_text("id: near\nrelevant: {clip: 1.0}\n")
    Image.fromarray(np.full((60, 90, 3), 90, np.uint8)).save(tmp_path / "photo.png")
    beside = {"MMJUDGE_LOCATOR": str(owl), "MMJUDGE_CACHE": str(tmp_path / "cache")}
    judge = ["photo.png", "-j", f"transformers:{seeing}", "--encoder", clip, "-r", rubric]
    _, out, _ = mmjudge("judge", *judge, "-p", policy, "--explain", **beside)
    assert "asked from cosine 1.000 on" in " ".join(out.split())
    assert "probe q1, segment 0: not asked" in " ".join(out.split())
    _, out, _ = mmjudge("doctor", *judge[1:], **beside)
    assert "no threshold for clip in policy loose, so nothing is left unasked" in out
    assert "all words in one pass" in out
