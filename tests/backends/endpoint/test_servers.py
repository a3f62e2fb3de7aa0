"""Against servers others wrote: llama.cpp's, and `transformers serve`."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from needs import weights
from tiny_models import build

from mmjudge import probability, prompts
from mmjudge.backends.endpoint import http, wire
from mmjudge.backends.endpoint.model import Endpoint
from mmjudge.backends.torchvision_ops import with_torchvision
from mmjudge.errors import BackendError
from mmjudge.types import Missing, Segment, YesNo

# Its command line cannot import torchvision beside a processor build of torch; ours can.
SERVE = """
import sys
from mmjudge.backends.torchvision_ops import with_torchvision
with_torchvision()
from transformers.cli.transformers import main
sys.argv = ["transformers", *sys.argv[1:]]
main()
"""

LLAMA = """
import sys, time, xllamacpp
given = xllamacpp.CommonParams()
given.model.path, given.n_ctx, given.n_parallel = sys.argv[1], 2048, 1
given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 2
given.verbosity, given.warmup, given.api_keys, given.port = -1, False, [sys.argv[2]], int(sys.argv[3])
server = xllamacpp.Server(given)
time.sleep(600)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def started(command: list[str], url: str, path: str, seconds: float = 120.0) -> Iterator[str]:
    """The address while the process runs and answers."""
    process = subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + seconds
        while True:
            assert process.poll() is None, "the server stopped"
            assert time.monotonic() < end, "the server did not come up"
            try:
                if httpx.get(url + path, timeout=5).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.3)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("llava", tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def transformers_serve(tiny: Path) -> Iterator[str]:
    port = free_port()
    where = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    yield from started([SERVE, "serve", str(tiny), *where], f"http://127.0.0.1:{port}", "/health")


@pytest.fixture(scope="module")
def llama_key() -> str:
    return secrets.token_hex(16)


@pytest.fixture(scope="module")
def llama_server(llama_key: str) -> Iterator[str]:
    port = free_port()
    yield from started([LLAMA, str(weights("qwen-1.5b")), llama_key, str(port)], f"http://127.0.0.1:{port}", "/health")


def test_transformers_serve_answers_as_its_own_pipeline(transformers_serve: str, tiny: Path) -> None:
    with_torchvision()
    from PIL import Image
    from transformers import pipeline

    endpoint = Endpoint(f"{transformers_serve}#{tiny}")
    assert endpoint.can.way == "systemone", endpoint.described()
    assert endpoint.reads == {"text", "image"}, endpoint.described()
    frame = np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    segment = Segment("x", 0, text="a caption", frames=(frame,))
    asks = ["The picture is red.", "Is somebody there?"]
    decide = pipeline("decision", model=str(tiny), device="cpu")
    state = f"[[picture 0]]{prompts.SYSTEM}\n\n{prompts.shown(segment)}"
    questions = {a: {"type": "noul", "instructions": prompts.phrasings(a, "post")[0]} for a in asks}
    told = decide({"state": state, "questions": questions, "assets": {"[[picture 0]]": Image.fromarray(frame)}})
    for ask, answer in zip(asks, endpoint.score_yes_no(segment, asks), strict=True):
        assert isinstance(answer, YesNo)
        assert answer.yes == pytest.approx(told[ask]["noul"], abs=1e-5)


def test_transformers_serve_silently_shows_no_log_probabilities(transformers_serve: str, tiny: Path) -> None:
    with pytest.raises(BackendError, match="top_logprobs: the server shows no token probabilities"):
        Endpoint(f"{transformers_serve}#{tiny}", ["top_logprobs"])


@pytest.mark.weights
def test_llama_cpp_tells_a_threat_from_a_recipe(
    llama_server: str, llama_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(http.KEY, llama_key)
    endpoint = Endpoint(llama_server)
    assert endpoint.can.way == "top_logprobs", endpoint.described()
    assert endpoint.reads == {"text"}
    segment = Segment("x", 0, text="I will kill you tomorrow.")
    threat, recipe = endpoint.score_yes_no(segment, ["The text threatens somebody.", "The text is a cake recipe."])
    assert isinstance(threat, YesNo)
    assert isinstance(recipe, YesNo)
    shares = [probability.share(answer) for answer in (threat, recipe)]
    assert all(not isinstance(share, Missing) and share.mass > 0.9 for share in shares)
    assert threat.yes > 0.6
    assert recipe.yes < 0.2
    reply = endpoint.generate(segment, "Say hello.", 8)
    assert isinstance(reply, str)
    assert reply.strip()


@pytest.mark.weights
def test_llama_cpp_wants_its_key(llama_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(http.KEY, "wrong")
    with pytest.raises(BackendError, match="the key is absent or not accepted"):
        Endpoint(llama_server, [wire.WAYS[3]])
