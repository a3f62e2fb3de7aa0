"""A served model, on a real HTTP server over a tiny real model: every way gives what the model itself gives."""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import build

from endpoint.served import ALL, Habits, Model, served
from mmjudge import prompts
from mmjudge.backends.endpoint import capabilities, http, wire
from mmjudge.backends.endpoint.http import Server
from mmjudge.backends.endpoint.model import WAY, Endpoint, load_endpoint
from mmjudge.backends.engine.model import Engine
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Segment, YesNo

ASKS = ["The picture is red.", "Is somebody there?", "It shows a content moderator.", "There are words."]
EVERY = 10_000
"""More tokens than the tiny vocabulary has: a server that shows all of them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("llava", tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return Model(folder)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return Engine(folder, device="cpu")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting between tries is tested apart; no key of the developer's goes anywhere."""
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.01)
    monkeypatch.delenv(http.KEY, raising=False)


def segment(seed: int = 0) -> Segment:
    frame = np.random.default_rng(seed).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    return Segment("x", 0, text="a caption", frames=(frame,))


@pytest.mark.parametrize("way", ["logprob_token_ids", "top_logprobs"])
def test_masses_are_those_of_the_engine_on_the_same_model(
    way: wire.Way, model: Model, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TOP", EVERY)
    with served(model, Habits(top=EVERY)) as url:
        endpoint = Endpoint(url, [way])
        assert endpoint.reads == {"text", "image"}
        assert dict(endpoint.described())["audio"] == f"{url}: HTTP 400"
        for order in (0, 1):
            for item in (segment(), Segment("", -1)):
                ours, theirs = engine.score_yes_no(item, ASKS, order), endpoint.score_yes_no(item, ASKS, order)
                for one, other in zip(ours, theirs, strict=True):
                    assert isinstance(one, YesNo)
                    assert isinstance(other, YesNo)
                    assert (one.yes, one.no) == pytest.approx((other.yes, other.no), abs=1e-4)


def test_twenty_tokens_bound_what_they_do_not_show(model: Model, engine: Engine) -> None:
    with served(model, Habits(does=ALL - {"systemone", "decisions", "tokenize"})) as url:
        endpoint = Endpoint(url)
        assert endpoint.can.way == "top_logprobs"
        for mine, theirs in zip(
            engine.score_yes_no(segment(), ASKS), endpoint.score_yes_no(segment(), ASKS), strict=True
        ):
            assert isinstance(mine, YesNo)
            assert isinstance(theirs, YesNo)
            assert theirs.yes <= mine.yes + 1e-6
            assert theirs.no <= mine.no + 1e-6
            assert mine.yes + mine.no <= theirs.yes + theirs.no + theirs.unseen + 1e-6


def test_bound_to_two_answers_it_shows_their_shares(model: Model, engine: Engine) -> None:
    with served(model, Habits(does=ALL - {"systemone", "decisions", "logprob_token_ids"})) as url:
        endpoint = Endpoint(url, ["constrained"])
        for mine, theirs in zip(
            engine.score_yes_no(segment(), ASKS), endpoint.score_yes_no(segment(), ASKS), strict=True
        ):
            assert isinstance(mine, YesNo)
            assert isinstance(theirs, YesNo)
            assert theirs.yes / (theirs.yes + theirs.no) == pytest.approx(mine.yes / (mine.yes + mine.no), abs=1e-4)


@pytest.mark.parametrize("way", wire.BATCHED)
def test_typed_decisions_are_asked_in_one_request(way: wire.Way, model: Model) -> None:
    habits, item = Habits(), segment()
    with served(model, habits) as url:
        endpoint = Endpoint(url, [way])
        assert endpoint.reads == {"text", "image"}
        habits.paths.clear()
        answers = endpoint.score_yes_no(item, ASKS)
    assert habits.paths == [f"/v1/{way}"]
    words = f"{prompts.SYSTEM}\n\n{prompts.shown(item)}"
    for ask, answer in zip(ASKS, answers, strict=True):
        asked = prompts.phrasings(ask, "post")[0]
        share = model.share_of_yes(words, asked, [wire.encoded(wire.png(item.frames[0]))])
        assert isinstance(answer, YesNo)
        assert answer.yes == pytest.approx(share, abs=1e-6)
    if way == "systemone":
        many = replace(item, frames=item.frames * 5)
        assert [a.reason for a in endpoint.score_yes_no(many, ASKS[:1]) if isinstance(a, Missing)] == ["too_large"]


def test_the_first_way_that_works_is_taken_and_the_others_are_told(model: Model) -> None:
    with served(model, Habits(does=ALL - {"systemone", "decisions"})) as url:
        found = dict(Endpoint(url).described())
    assert found["systemone"].endswith("HTTP 404")
    assert found["logprob_token_ids"] == "works"
    assert found["asked"].startswith("logprob_token_ids")


def test_a_server_that_silently_shows_no_probabilities_is_refused(model: Model) -> None:
    with served(model, Habits(does=frozenset({"tokenize", "media"}))) as url, pytest.raises(BackendError) as why:
        Endpoint(url)
    assert "top_logprobs: the server shows no token probabilities" in str(why.value)
    with served(model, Habits(does=ALL - {"logprob_token_ids"}, top=1)) as url, pytest.raises(BackendError) as why:
        Endpoint(url, ["logprob_token_ids", "top_logprobs"])
    assert "it shows other tokens than those asked for" in str(why.value)


def test_a_server_that_ignores_pictures_does_not_read_them(model: Model) -> None:
    for way in ("systemone", "logprob_token_ids"):
        with served(model, Habits(does=ALL - {"media"})) as url:
            endpoint = Endpoint(url, [way])  # type: ignore[list-item]
            assert endpoint.reads == {"text"}
            assert dict(endpoint.described())["image"] == "it is taken and changes nothing"


def test_the_first_question_goes_alone_and_the_others_together(model: Model) -> None:
    habits = Habits(does=ALL - {"systemone", "decisions"})
    with served(model, habits) as url:
        endpoint = Endpoint(url)
        habits.together.clear()
        habits.delay = 0.2
        endpoint.score_yes_no(segment(), [f"Statement {n}." for n in range(6)])
    assert habits.together[0] == 1
    assert max(habits.together[1:]) > 1
    assert len(habits.together) == 6
    bodies = habits.asked[-6:]
    assert all([p["type"] for p in body["messages"][1]["content"]] == ["image_url", "text"] for body in bodies)


@pytest.mark.parametrize(("status", "tries"), [(429, 3), (503, 3), (500, 3), (400, 1), (401, 1), (404, 1), (422, 1)])
def test_only_what_may_pass_is_tried_again(status: int, tries: int, model: Model) -> None:
    habits = Habits()
    with served(model, habits) as url:
        endpoint = Endpoint(url, ["logprob_token_ids"])
        habits.paths.clear()
        habits.statuses = [status, status]
        answer = endpoint.score_yes_no(segment(), ASKS[:1])[0]
        assert len(habits.paths) == tries
    if tries == 1:
        assert isinstance(answer, Missing)
        assert answer.reason == "backend_failed"
    else:
        assert isinstance(answer, YesNo)


def test_a_server_is_waited_for_as_long_as_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_WAIT", 30.0)
    assert (http.seconds("7"), http.seconds("soon"), http.seconds(None), http.seconds("-1")) == (7.0, None, None, None)
    assert [http.pause(None, tries, 0.5) for tries in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert (http.pause(7.0, 1, 0.5), http.pause(999.0, 1, 0.5)) == (7.0, 30.0)
    habits = Habits(statuses=[503], retry_after="1")
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    with served(None, habits) as url:  # type: ignore[arg-type]
        Server(url).post("/nowhere", {})
    assert [seconds for seconds in waited if seconds] == [1.0]  # the server's own delay is 0


def test_the_key_goes_into_its_header_and_nowhere_else(
    model: Model, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret, habits = "sk-very-secret-1234", Habits()
    monkeypatch.setenv(http.KEY, secret)
    caplog.set_level(logging.DEBUG)
    with served(model, habits) as url:
        endpoint = Endpoint(url)
        habits.statuses = [401]  # its error repeats the header
        failed = endpoint.score_yes_no(segment(), ASKS[:1])[0]
        told = [endpoint.id, repr(vars(endpoint)), str(endpoint.described()), str(failed), repr(vars(endpoint._server))]
    assert set(habits.keys) == {f"Bearer {secret}"}
    assert all(secret not in words for words in [*told, caplog.text])
    assert isinstance(failed, Missing)
    assert http.KEY in failed.note
    monkeypatch.setenv(http.KEY, "sk-sécret")
    with pytest.raises(BackendError, match="cannot stand in a header") as why:
        Server("http://127.0.0.1:9")
    assert "cret" not in str(why.value)
    with pytest.raises(BackendError, match="leave the key out of the address"):
        Server(f"http://user:{secret}@127.0.0.1:9")


def test_a_model_is_told_from_others_of_its_name(model: Model) -> None:
    with served(model, Habits()) as url:
        ids = {Endpoint(f"{url}#{name}").id for name in ("one/tiny", "two/tiny", "tiny")}
        blind = Habits(does=ALL - {"media"})
    assert len(ids) == 3
    with served(model, blind) as url:
        before = Endpoint(f"{url}#tiny").id
        blind.does = ALL
        assert Endpoint(f"{url}#tiny").id != before, "a server that sees now is not the one that did not"


def test_a_fault_that_passes_is_not_taken_for_blindness(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    habits = Habits()

    def failing(*given: object) -> object:
        habits.statuses = [503] * 4
        return original(*given)  # type: ignore[arg-type]

    original = capabilities.with_media
    monkeypatch.setattr(capabilities, "with_media", failing)
    with served(model, habits) as url, pytest.raises(BackendError, match="did not answer when image was tried"):
        Endpoint(url)


def test_a_reply_that_drips_is_timed_out() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
            for _ in range(40):
                time.sleep(0.1)
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    told = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5).get("/v1/models")
    listener.close()
    assert isinstance(told, Missing)
    assert told.reason == "timed_out"


def test_one_way_can_be_asked_for(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WAY, "top_logprobs")
    with served(model, Habits()) as url:
        backend = load_endpoint(url).backend
        assert backend is not None
        assert backend.id.endswith("/top_logprobs")
        monkeypatch.setenv(WAY, "guessing")
        with pytest.raises(BackendError, match="use one of systemone"):
            load_endpoint(url)


def test_a_filter_is_a_refusal(model: Model) -> None:
    habits = Habits()
    with served(model, habits) as url:
        endpoint = Endpoint(url, ["logprob_token_ids"])
        habits.filtered = True
        answer, words = endpoint.score_yes_no(segment(), ASKS[:1])[0], endpoint.generate(segment(), "Think.", 3)
    for missing in (answer, words):
        assert isinstance(missing, Missing)
        assert missing.reason == "refused"


def test_models_are_named_where_there_are_several(model: Model) -> None:
    with served(model, Habits(models=("tiny", "other"))) as url:
        with pytest.raises(BackendError, match=r"name the model as URL#MODEL \(one of other, tiny\)"):
            Endpoint(url)
        assert Endpoint(f"{url}/v1/#other").can.model == "other"


def test_no_server_is_a_clear_error() -> None:
    with pytest.raises(BackendError, match="Is a server running there"):
        Endpoint("http://127.0.0.1:9")
    for address in ("file:///etc/passwd", "http://[", "127.0.0.1:8000", ""):
        with pytest.raises(BackendError, match="address"):
            Endpoint(address)


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        (413, b"", "too_large"),
        (400, b'{"error": "This model\'s maximum context length is 8192"}', "too_large"),
        (400, b'{"error": {"code": "content_filter"}}', "refused"),
        (302, b"", "backend_failed"),
        (200, b"<html>", "unparsed"),
        (200, b"[" * 100_000, "unparsed"),
    ],
)
def test_what_a_status_means(status: int, told: bytes, reason: str) -> None:
    missing = http.read("http://x", status, told)
    assert isinstance(missing, Missing)
    assert missing.reason == reason


def test_generation_is_that_of_the_server(model: Model) -> None:
    with served(model, Habits()) as url:
        endpoint = Endpoint(url)
        reply = endpoint.generate(segment(), "Conclude.", 5, [("Think.", "I see.")])
    assert isinstance(reply, str)
