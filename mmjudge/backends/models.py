"""Open-weight models this project can run, from a laptop to one large GPU: where they lie, which commit, how large.

Reads one YAML file of the package, which names the public source of each pinned commit. Refuses to fetch or load
anything, and to say how well a model judges: real weights of none of them could be run here (`Model.verified`).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml

from mmjudge.errors import BackendError
from mmjudge.types import Modality

Kind = Literal["vision", "audio", "text", "relevance", "locator", "guard"]

READS: dict[Kind, tuple[Modality, ...]] = {
    "vision": ("text", "image"),
    "audio": ("text", "audio"),
    "text": ("text",),
    "relevance": ("text", "image"),
    "locator": ("text", "image"),
    "guard": ("text",),
}
"""What a model of that kind takes in, unless its row says otherwise."""


@dataclass(frozen=True, slots=True)
class Model:
    """One repository of weights on the hub.

    revision: 40 hex digits, or None where no public source names one; `pin` is that source, a word of the YAML file.
    parameters: in all, rounded as its name or card rounds them. active: those that take part in one token.
    width: bytes of a stored weight. pickled: it has no safetensors at that revision. ran: "family" or "nothing".
    """

    name: str
    kind: Kind
    hub: str
    revision: str | None
    pin: str
    licence: str
    gated: bool
    parameters: int
    active: int
    width: int
    pickled: bool
    ran: str
    reads: tuple[Modality, ...]

    @property
    def size(self) -> int:
        """Bytes to download, about: parameters times the width of a stored weight."""
        return self.parameters * self.width

    @property
    def judges(self) -> bool:
        """Whether `--judge transformers:NAME` takes it."""
        return self.kind in ("vision", "audio", "text")

    @property
    def verified(self) -> str:
        """What was run of it here, in words."""
        ran = "only its family's classes with random weights" if self.ran == "family" else "not even its classes"
        return f"not verified here: {ran} were run"


def memory(parameters: int, width: int) -> int:
    """Bytes that weights of `width` bytes need, and a fifth more for what is read. Derived, not measured. Pure."""
    return parameters * width * 6 // 5


@cache
def models() -> tuple[Model, ...]:
    """All of them, by kind, families together, small to large."""
    text = (files("mmjudge.assets") / "models.yaml").read_text(encoding="utf-8")
    listed: dict[Kind, dict[str, dict[str, Any]]] = yaml.safe_load(text)
    return tuple(_model(kind, name, row) for kind, rows in listed.items() for name, row in rows.items())


def named(name: str) -> Model:
    """The model of that name, or of that hub repository; BackendError with what is near otherwise."""
    for model in models():
        if name.casefold() in (model.name, model.hub.casefold()):
            return model
    near = get_close_matches(name.casefold(), [model.name for model in models()], 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`mmjudge models` lists them"
    raise BackendError(f"no model is called {name!r}: {hint}")


def is_named(name: str) -> bool:
    """Whether that is a name, or a hub repository, of the catalogue."""
    return any(name.casefold() in (model.name, model.hub.casefold()) for model in models())


def _model(kind: Kind, name: str, row: dict[str, Any]) -> Model:
    assert kind in get_args(Kind), kind
    billions = float(row["billions"])
    return Model(
        name,
        kind,
        row["hub"],
        row["revision"],
        row["pin"],
        row["licence"],
        row.get("gated", False),
        round(billions * 1e9),
        round(float(row.get("active", billions)) * 1e9),
        row.get("width", 2),
        row.get("pickled", False),
        row.get("ran", "family"),
        tuple(row["reads"]) if "reads" in row else READS[kind],
    )
