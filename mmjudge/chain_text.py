"""What a model writes about a rule -> a wording, a chain, names of objects; strictly. Pure.

Knows the agreed forms (`objective_prompts`). Refuses to guess: a reply that does not fit is `unparsed`, with what it
should have been.
"""

from __future__ import annotations

import re

from mmjudge.types import Missing, Precondition, Question

MOST_ENTRIES = 8
_ENTRY = re.compile(r"(\d+)\. (.+)")
_BRACED = re.compile(r"\{([^{}]+)\}(?: or \{([^{}]+)\})*")


def sentence(reply: str, before: str = "") -> str | Missing:
    """One sentence of 3 to 60 words that begins with "Should not" and ends with a full stop; "Should" alone only where
    the rule it is to replace asks for something, so that no rule is turned into its opposite."""
    text = " ".join(reply.strip().strip('"').split())
    begins = "Should " if before.startswith("Should ") and not before.startswith("Should not ") else "Should not "
    several = re.search(r"[.!?]['\"”]?\s+\S", text)
    if "\n" in reply.strip() or several or not text.startswith(begins) or not text.endswith(".") or "{" in text:
        return Missing("unparsed", f'the reply must be one sentence "{begins}…": {reply[:120]!r}')
    if not 3 <= len(text.split()) <= 60:
        return Missing("unparsed", f"the reply must have 3 to 60 words: {reply[:120]!r}")
    return text


def chain_of(reply: str) -> tuple[Precondition, ...] | Missing:
    """A numbered list of statements, "{…} or {…}" within an entry, then exceptions: "except {…}".

    Every exception is a precondition of its own that expects no: any of them that holds ends the chain.
    """
    entries: list[tuple[list[str], bool]] = []
    for line in filter(None, (line.strip() for line in reply.strip().splitlines())):
        numbered = _ENTRY.fullmatch(line)
        if line.startswith("except "):
            found = _statements(line.removeprefix("except "))
            entries += [([one], False) for one in found]
        elif numbered and int(numbered[1]) == len(entries) + 1 and all(expect for _, expect in entries):
            found = _statements(numbered[2])
            entries.append((found, True))
        else:
            return Missing("unparsed", f"not an entry of a numbered list: {line[:120]!r}")
        if not found:
            return Missing("unparsed", f"not a statement: {line[:120]!r}")
    if not entries or not entries[0][1] or len(entries) > MOST_ENTRIES:
        return Missing("unparsed", f"needs 1 to {MOST_ENTRIES} entries, an exception never alone: {reply[:120]!r}")
    asked = [one for some, _ in entries for one in some]
    if len({one.lower() for one in asked}) < len(asked):
        return Missing("unparsed", f"says the same twice: {reply[:120]!r}")
    return _numbered(entries)


def _numbered(entries: list[tuple[list[str], bool]]) -> tuple[Precondition, ...]:
    chain, n = [], 0
    for at, (statements, expect) in enumerate(entries, 1):
        questions = tuple(Question(f"q{n + i}", one, expect) for i, one in enumerate(statements, 1))
        n += len(questions)
        chain.append(Precondition(f"p{at}", questions))
    return tuple(chain)


def _statements(entry: str) -> list[str]:
    """The statements of one entry, [] if it is not one: braces joined by "or", or one sentence without braces."""
    if "{" in entry or "}" in entry:
        if not _BRACED.fullmatch(entry):
            return []
        found = re.findall(r"\{([^{}]+)\}", entry)
    else:
        found = [entry]
    tidy = [" ".join(one.split()) for one in found]
    tidy = [one if one.endswith((".", "?")) else f"{one}." for one in tidy]
    return tidy if all(3 <= len(one.split()) <= 40 for one in tidy) else []


def objects_of(reply: str, statement: str) -> tuple[str, ...] | Missing:
    """One to three names, each standing in the statement: an object nobody spoke of is not looked for."""
    names = [" ".join(name.split()).lower() for name in reply.strip().rstrip(".").split(",")]
    if "\n" in reply.strip() or not 1 <= len(names) <= 3 or not all(0 < len(name.split()) <= 3 for name in names):
        return Missing("unparsed", f"not one to three names: {reply[:80]!r}")
    spoken = statement.lower()
    for name in names:
        if not all(word[:4] in spoken for word in name.split()):
            return Missing("unparsed", f"{name[:40]!r} does not stand in the statement {statement!r}")
    return tuple(dict.fromkeys(names))
