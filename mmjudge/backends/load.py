"""Judges by name, each loaded only when it is asked for.

Knows names and where their parts are put together. Refuses to import any of them before that: `import mmjudge` and
`mmjudge --help` load no model library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module

from mmjudge.backends import Backend, Detector, Embedder, Guard, Juror, Locator, TextReader, Transcriber
from mmjudge.errors import BackendError

LOADERS = {
    "embedded": "mmjudge.backends.embedded:load_embedded",
    "fake": "mmjudge.backends.fake:fake_parts",
    "transformers": "mmjudge.backends.engine.model:load_folder",
    "guard": "mmjudge.guards.run:load_guard",
    "endpoint": "mmjudge.backends.endpoint.model:load_endpoint",
}
"""Name to "module:function"; a name with a colon ("transformers:FOLDER") hands what follows to the function."""

NEEDS = {
    "transformers": "transformers:FOLDER",
    "endpoint": "endpoint:URL#MODEL",
    "guard": "guard:NAME@FOLDER",
}
"""What must follow a name; the others stand alone."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The models a judge is made of; each may be missing, and `absent` says in words which are and how to get them."""

    backend: Backend | None = None
    transcriber: Transcriber | None = None
    text_reader: TextReader | None = None
    detectors: tuple[Detector, ...] = ()
    embedder: Embedder | None = None
    juror: Juror | None = None
    locator: Locator | None = None
    guard: Guard | None = None
    absent: tuple[str, ...] = ()


def load_parts(name: str, locator: str | None = None, encoder: str | None = None) -> Parts:
    """The parts of the judge of that name, with a locator and a relevance encoder from folders of their own.

    BackendError if there is no such judge or it cannot be put together.
    """
    return with_helpers(named(name), locator, encoder)


def with_helpers(parts: Parts, locator: str | None, encoder: str | None) -> Parts:
    """The parts with a zero-shot detector and a dual encoder beside them, each from a folder, or from the shelf by
    its name; None: none.

    Both serve a model that sees pictures. Beside one that does not they are not loaded, and `absent` says so.
    """
    from mmjudge.backends.shelf import folder_for

    if (locator or encoder) and not (parts.backend and "image" in parts.backend.reads):
        given = " and ".join(name for name, folder in (("locator", locator), ("encoder", encoder)) if folder)
        verb = "are" if locator and encoder else "is"
        words = f"the {given} given {verb} not used: this judge has no language model that sees pictures"
        return replace(parts, absent=(*parts.absent, words))
    if locator:
        from mmjudge.backends.locator import ZeroShot

        parts = replace(parts, locator=ZeroShot(folder_for(locator)))
    if encoder:
        from mmjudge.backends.encoders import DualEncoder

        parts = replace(parts, embedder=DualEncoder(folder_for(encoder)))
    return parts


def named(name: str) -> Parts:
    """The parts of the judge of that name alone."""
    kind, _, rest = name.partition(":")
    if kind not in LOADERS:
        raise BackendError(f"no judge is called {name!r}: use {', '.join(LOADERS)}")
    if bool(rest) != (kind in NEEDS):
        raise BackendError(f"{name!r}: write {NEEDS.get(kind, kind)}")
    module, _, function = LOADERS[kind].partition(":")
    loader: Callable[..., Parts] = getattr(import_module(module), function)
    return loader(rest) if rest else loader()
