"""Values of `mmjudge.types` to plain JSON and back, exactly.

Knows the shapes of the dataclasses through their type hints, and how text and floats survive any database. Refuses to
know tables, connections and what a value means. Pure.

Strict in both directions: what could not be read back equal is refused when it is written (a numpy scalar, a list
where a tuple belongs), and what does not fit the dataclass is refused when it is read. One leniency: a field that is
absent and has a default takes it, because bodies written before the field existed must stay readable.
"""

from __future__ import annotations

import json
import re
import types
import typing
import zlib
from collections.abc import Callable, Hashable
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import IntEnum
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from mmjudge.errors import StoreError

T = TypeVar("T")
Code = Callable[[Any, str], Any]
"""A value and the place it stands at (for messages) to its other form."""

# PostgreSQL refuses NUL in text, no driver sends lone surrogates, and JSON joins two of them into another character:
# all are written as ESC and four hex digits, ESC itself too. ESC is rare in text, so stored text stays readable.
_ESCAPED = re.compile("[\x00\x1b\ud800-\udfff]")
_ESCAPE = re.compile("\x1b([0-9a-f]{4})")

_PLAIN, _DEFLATED = b"j", b"z"
_WORTH_DEFLATING = 200


def escape(text: str) -> str:
    """Text that every database stores and every JSON parser returns unchanged; `unescape` inverts it."""
    return _ESCAPED.sub(lambda match: f"\x1b{ord(match[0]):04x}", text)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def pack(value: object) -> bytes:
    """A dataclass as bytes for a blob column: one letter for the form, then JSON, deflated where that pays."""
    return pack_plain(encode(type(value), value))


def pack_lean(value: object) -> bytes:
    """As `pack`, without the fields that have their defaults: they are read as such, and millions of rows are small."""
    kind = type(value)
    usual = {f.name: f.default for f in fields(cast(Any, kind)) if f.default is not MISSING}
    plain = encode(kind, value)
    return pack_plain({name: told for name, told in plain.items() if getattr(value, name) != usual.get(name, MISSING)})


def pack_plain(plain: Any) -> bytes:
    """What `encode` made, as bytes."""
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return _PLAIN + text if len(text) < _WORTH_DEFLATING else _DEFLATED + zlib.compress(text)


def unpack(kind: type[T], body: bytes) -> T:
    """The dataclass that `pack` was given. StoreError where the bytes are damaged or of another shape."""
    try:
        text = zlib.decompress(body[1:]) if body[:1] == _DEFLATED else body[1:]
        plain = json.loads(text.decode())
    except (ValueError, zlib.error, RecursionError) as error:
        raise StoreError(
            f"a stored {kind.__name__} is damaged ({error}): restore the database from a backup"
        ) from error
    if body[:1] not in (_PLAIN, _DEFLATED):
        raise StoreError(f"a stored {kind.__name__} has the unknown form {body[:1]!r}: update mmjudge")
    return decode(kind, plain)


def encode(kind: type[T], value: T) -> Any:
    """A value of the dataclass `kind` as dicts, lists, strings, numbers, booleans and None."""
    return _encoder(cast(Hashable, kind))(value, kind.__name__)


def decode(kind: type[T], plain: Any) -> T:
    """The dataclass `kind` from what `encode` made. StoreError for an unknown field or a value of another type."""
    return cast(T, _decoder(cast(Hashable, kind))(plain, kind.__name__))


# --- writing --------------------------------------------------------------------------------------------------


@cache
def _encoder(hint: Any) -> Code:
    """How a value of this type hint is written."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return partial(_one_of, args)
    if origin in (typing.Union, types.UnionType):
        return partial(_or_none, _encoder(_beside_none(args)))
    if origin is tuple:
        many = len(args) == 2 and args[1] is Ellipsis
        return partial(_tuple_out, None if many else len(args), _inner(_encoder, args))
    if is_dataclass(hint):
        codes = {f.name: _encoder(hints[f.name]) for hints in [typing.get_type_hints(hint)] for f in fields(hint)}
        return partial(_fields_out, hint, codes)
    if issubclass(hint, IntEnum):
        return partial(_enum_out, hint)
    if hint is str:
        return lambda value, at: escape(_exactly(str, value, at))
    if hint is Path:
        return lambda value, at: escape(str(_exactly(Path, value, at)))
    return _number(hint)


def _fields_out(kind: Any, codes: dict[str, Code], value: Any, at: str) -> dict[str, Any]:
    if type(value) is not kind:
        raise _misfit(at, value, kind.__name__)
    return {name: code(getattr(value, name), f"{at}.{name}") for name, code in codes.items()}


def _tuple_out(length: int | None, codes: list[Code], value: Any, at: str) -> list[Any]:
    if not isinstance(value, tuple):
        raise _misfit(at, value, "tuple")
    return _each(length, codes, value, at)


def _enum_out(kind: type[IntEnum], value: Any, at: str) -> int:
    if not isinstance(value, kind):
        raise _misfit(at, value, kind.__name__)
    return int(value)


# --- reading --------------------------------------------------------------------------------------------------


@cache
def _decoder(hint: Any) -> Code:
    """How a value of this type hint is read."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return partial(_one_of, args)
    if origin in (typing.Union, types.UnionType):
        return partial(_or_none, _decoder(_beside_none(args)))
    if origin is tuple:
        many = len(args) == 2 and args[1] is Ellipsis
        return partial(_tuple_in, None if many else len(args), _inner(_decoder, args))
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return partial(_fields_in, hint, {f.name: (f, _decoder(hints[f.name])) for f in fields(hint)})
    if issubclass(hint, IntEnum):
        return partial(_enum_in, hint)
    if hint is str:
        return lambda value, at: unescape(_exactly(str, value, at))
    if hint is Path:
        return lambda value, at: Path(unescape(_exactly(str, value, at)))
    return _number(hint)


def _fields_in(kind: Any, codes: dict[str, tuple[Field[Any], Code]], plain: Any, at: str) -> Any:
    if not isinstance(plain, dict):
        raise _misfit(at, plain, kind.__name__)
    if unknown := plain.keys() - codes.keys():
        raise StoreError(f"{at} holds unknown fields ({', '.join(sorted(unknown))}): a newer mmjudge wrote it; update")
    for name, (field, _) in codes.items():
        if name not in plain and field.default is MISSING and field.default_factory is MISSING:
            raise StoreError(f"{at} lacks the field {name}: restore the database from a backup")
    try:
        return kind(**{name: codes[name][1](value, f"{at}.{name}") for name, value in plain.items()})
    except ValueError as error:
        raise StoreError(f"{at} as stored is not possible: {error}") from error


def _tuple_in(length: int | None, codes: list[Code], plain: Any, at: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise _misfit(at, plain, "list")
    return tuple(_each(length, codes, plain, at))


def _enum_in(kind: type[IntEnum], plain: Any, at: str) -> IntEnum:
    if type(plain) is not int or plain not in list(kind):
        raise _misfit(at, plain, kind.__name__)
    return kind(plain)


# --- the same both ways ---------------------------------------------------------------------------------------


def _inner(code_of: Callable[[Any], Code], args: tuple[Any, ...]) -> list[Code]:
    return [code_of(arg) for arg in args if arg is not Ellipsis]


def _beside_none(args: tuple[Any, ...]) -> Any:
    """The one type beside None: no value of mmjudge is a union of anything else."""
    (inner,) = [arg for arg in args if arg is not type(None)]
    return inner


def _or_none(code: Code, value: Any, at: str) -> Any:
    return None if value is None else code(value, at)


def _one_of(words: tuple[Any, ...], value: Any, at: str) -> Any:
    if value not in words:
        raise _misfit(at, value, " or ".join(map(repr, words)))
    return value


def _each(length: int | None, codes: list[Code], values: Any, at: str) -> list[Any]:
    """Elementwise: `length` None says any number of the first kind, otherwise exactly one of each kind."""
    if length is None:
        return [codes[0](value, f"{at}[{i}]") for i, value in enumerate(values)]
    if len(values) != length:
        raise _misfit(at, values, f"{length} values")
    return [code(value, f"{at}[{i}]") for i, (code, value) in enumerate(zip(codes, values, strict=True))]


def _number(kind: type) -> Code:
    if kind is float:
        return _float
    if kind in (int, bool):
        return partial(_exactly, kind)
    raise TypeError(f"the store has no form for {kind}")


def _float(value: Any, at: str) -> float:
    # A whole number stands for its float (they are equal); a bool is no number, a numpy float32 has lost digits.
    if isinstance(value, float):
        return float(value)
    if type(value) is int and abs(value) <= 2**53:
        return float(value)
    raise _misfit(at, value, "float")


def _exactly(kind: type[T], value: Any, at: str) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _misfit(at, value, kind.__name__)
    return value


def _misfit(at: str, value: Any, wanted: str) -> StoreError:
    return StoreError(f"{at} is {type(value).__name__} {value!r:.60}, not {wanted}: it can't be stored or read as such")
