"""A real HTTP server over a tiny real model, with the habits of several servers, and a record of what it was asked.

Its answers come from a path of its own: messages through the processor's template, one public forward per question.
"""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from PIL import Image

ALL = frozenset({"systemone", "decisions", "logprob_token_ids", "top_logprobs", "constrained", "tokenize", "media"})


@dataclass
class Habits:
    """What the server does. `top`: most tokens it shows. `statuses`: failures it gives first, one per request."""

    does: frozenset[str] = ALL
    top: int = 20
    statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    models: tuple[str, ...] = ("tiny",)
    filtered: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    delay: float = 0.0
    running: int = 0
    together: list[int] = field(default_factory=list)


class Model:
    """The tiny model as a server runs it."""

    def __init__(self, folder: Path) -> None:
        self.processor = hf.AutoProcessor.from_pretrained(folder)
        self.tokenizer = self.processor.tokenizer
        self.model = hf.AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        self.lock = threading.Lock()

    def shares(self, messages: list[dict[str, Any]]) -> torch.Tensor:
        """Probabilities of the whole vocabulary for the next token, in float64."""
        pictures, said = [], []
        for message in messages:
            parts = message["content"]
            parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else list(parts)
            for at, part in enumerate(parts):
                if part["type"] == "image_url":
                    data = base64.b64decode(part["image_url"]["url"].split(",", 1)[1])
                    pictures.append(Image.open(io.BytesIO(data)).convert("RGB"))
                    parts[at] = {"type": "image"}
            said.append({"role": message["role"], "content": parts})
        text = self.processor.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        with self.lock, torch.no_grad():
            inputs = self.processor(text=text, images=pictures or None, return_tensors="pt")
            return self.model(**inputs).logits[0, -1].double().softmax(-1)

    def completion(self, body: dict[str, Any], habits: Habits) -> dict[str, Any]:
        if "media" not in habits.does:
            plain = [{"role": m["role"], "content": words_of(m["content"])} for m in body["messages"]]
            body = {**body, "messages": plain}
        shares = self.shares(body["messages"])
        allowed = {int(token) for token, bias in (body.get("logit_bias") or {}).items() if bias >= 100}
        if allowed and "constrained" in habits.does:
            bound = torch.zeros_like(shares)
            bound[list(allowed)] = shares[list(allowed)]
            shares = bound / bound.sum()
        ids = body.get("logprob_token_ids") if "logprob_token_ids" in habits.does else None
        most = min(habits.top, body.get("top_logprobs", 1), len(shares))
        shown = ids or shares.topk(most).indices.tolist()
        entries = [{"token": self.tokenizer.decode([t]), "logprob": float(shares[t].log())} for t in shown]
        said = self.tokenizer.decode([int(shares.argmax())])
        told = {"content": [{"token": said, "logprob": 0.0, "top_logprobs": entries}]}
        choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": said}}
        choice["logprobs"] = told if {"logprob_token_ids", "top_logprobs", "constrained"} & habits.does else None
        if habits.filtered:
            choice = {**choice, "finish_reason": "content_filter", "logprobs": None}
        return {"id": "x", "object": "chat.completion", "created": int(time.time()), "choices": [choice]}

    def share_of_yes(self, words: str, question: str, pictures: list[str]) -> float:
        parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{p}"}} for p in pictures]
        shares = self.shares([{"role": "user", "content": [*parts, {"type": "text", "text": f"{words}\n{question}"}]}])
        yes, no = (float(shares[self.tokenizer.convert_tokens_to_ids(word)]) for word in ("Yes", "No"))
        return yes / (yes + no)


def words_of(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def answered(model: Model, habits: Habits, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Status and JSON."""
    if path == "/v1/chat/completions":
        if any(isinstance(m["content"], list) and "input_audio" in str(m["content"]) for m in body["messages"]):
            return 400, {"error": {"message": "this model takes no audio"}}
        return 200, model.completion(body, habits)
    if path == "/tokenize" and "tokenize" in habits.does:
        return 200, {"tokens": model.tokenizer(body["prompt"], add_special_tokens=False)["input_ids"]}
    if path == "/v1/systemone" and "systemone" in habits.does:
        assets = body.get("assets", {})
        words = body["state"]
        for name in assets:
            assert name in words, "a picture without a place"
            words = words.replace(name, "")
        shown = [asset["data_base64"] for asset in assets.values()] if "media" in habits.does else []
        asked = {name: q["instructions"] for name, q in body["questions"].items()}
        answers = {n: {"type": "noul", "noul": model.share_of_yes(words, q, shown)} for n, q in asked.items()}
        return 200, {"model": "tiny", "answers": answers, "usage": {"input_tokens": 7}}
    if path == "/v1/decisions" and "decisions" in habits.does:
        given = body["input"]
        parts = [{"type": "input_text", "text": given}] if isinstance(given, str) else given[0]["content"]
        shown = [p["image_url"].split(",", 1)[1] for p in parts if p["type"] == "input_image"]
        words = "".join(p["text"] for p in parts if p["type"] == "input_text")
        answers = [
            {"type": "predicate", "name": q["name"], "probability": model.share_of_yes(words, q["instructions"], shown)}
            for q in body["questions"]
        ]
        return 200, {"model": "tiny", "answers": answers[::-1]}
    return 404, {"error": "no such route"}


@contextmanager
def served(model: Model, habits: Habits):
    """The address of a server on a free port of this machine, with these habits."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            habits.keys.append(self.headers.get("Authorization"))
            self.tell(200, {"object": "list", "data": [{"id": name} for name in habits.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            habits.paths.append(self.path)
            habits.asked.append(body)
            habits.keys.append(self.headers.get("Authorization"))
            if habits.statuses:
                self.tell(habits.statuses.pop(0), {"error": {"message": f"said {self.headers.get('Authorization')}"}})
                return
            habits.running += 1
            habits.together.append(habits.running)
            time.sleep(habits.delay)
            status, told = answered(model, habits, self.path, body)
            habits.running -= 1
            self.tell(status, told)

        def tell(self, status: int, told: Any) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            if habits.retry_after is not None and status >= 400:
                self.send_header("Retry-After", habits.retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
