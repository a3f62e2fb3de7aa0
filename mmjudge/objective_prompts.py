"""Every sentence said to a model about rules, versioned. Pure.

Knows wording, the worked examples shown before a question, and the rules by which a model's scale is set. Refuses to
know how replies are parsed and what is done with them (`rating`, `objectify`). A rule is somebody's text: it is fenced
like all words of others. The wording was chosen on the `tune` pairs of `scripts/controls/objectiveness_pairs.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.prompts import fenced
from mmjudge.types import Modality

OBJECTIVE_VERSION = "1"

Turns = tuple[tuple[str, str], ...]
"""(prompt, reply) turns shown as if they had been had."""


# --- how objective is a rule ------------------------------------------------------------------------------------

SIGNS: tuple[tuple[str, bool], ...] = (
    ("The rule names a specific thing, action or word that can be pointed at.", True),
    ("Two people could disagree whether a picture or text breaks this rule.", False),
    ("Is this rule subjective?", False),
    ("Does this rule depend on personal taste or feelings?", False),
    ("Is the rule open to interpretation?", False),
)
"""(question about a rule, the answer that speaks for its being objective)."""

SUBJECTIVE_ANCHORS = (
    "Should not be tasteless.",
    "Should not upset readers who are easily frightened.",
    "Should not be annoying.",
    "Should not contain things that decent people dislike.",
    "Should not be ugly or unpleasant.",
    "Should not go too far.",
)
OBJECTIVE_ANCHORS = (
    "Should not show a person with a tattoo on the face.",
    "Should not contain a telephone number.",
    "Should not show a burning house.",
    "Should not contain the word lottery.",
    "Should not show a person who holds a knife.",
    "Should not ask the reader for money.",
)
"""Rules by which the scale of a model is set: what it says about the first is 1, about the second 10."""

EXPLAIN = (
    "How objective is this rule of a content policy? Say in one sentence whether two strangers who look at the same "
    "content could disagree about it. Then rate it from 1 (a matter of taste) to 10 (anybody sees the same), in the "
    'form "Rating: [[5]]".'
)
_RATED = (
    ("Should not show a person with a tattoo on the face.", "A tattoo is there or not, so anybody sees the same.", 10),
    ("Should not be tasteless.", "What is tasteless depends on who looks: the rule names nothing to be seen.", 1),
    (
        "Should not show dangerous sports such as boxing.",
        "Boxing can be recognised, but strangers would disagree which other sports are dangerous.",
        6,
    ),
    ("Should not contain a telephone number.", "A telephone number can be pointed at, so anybody sees the same.", 10),
    (
        "Should not upset readers who are easily frightened.",
        "What upsets a reader cannot be seen in the content, so strangers would often disagree.",
        2,
    ),
    (
        "Should not offer alcohol to young people.",
        "Alcohol can be recognised, but strangers would disagree where young ends.",
        7,
    ),
)


def explain(rule: str) -> str:
    """Asks for an explanation first, and then for a rating in brackets (the order of the paper)."""
    return f"{fenced('Rule', rule)}\n{EXPLAIN}"


def rated_before() -> Turns:
    return tuple((explain(rule), f"{why}\nRating: [[{n}]]") for rule, why, n in _RATED)


# --- writing it anew --------------------------------------------------------------------------------------------

REWRITE = (
    "Write this rule of a content policy anew, so that two strangers always agree whether a text or picture breaks it: "
    "name three or four concrete things of this kind that can be pointed at. One sentence that begins with "
    '"Should not".'
)
_REWRITTEN = (
    ("Should not be tasteless.", "Should not make a joke about a dead person, a disease or bodily waste."),
    (
        "Should not show dangerous sports.",
        "Should not show a boxing match, a bullfight, a car race or a person who jumps from a building.",
    ),
    (
        "Should not upset readers who are easily frightened.",
        "Should not describe or show a corpse, a bleeding wound, a ghost or a person who screams.",
    ),
    (
        "Should not be dishonest about products.",
        "Should not state a price, a test result or an effect of a product that differs from its label.",
    ),
    (
        "Should not be disrespectful to teachers.",
        "Should not call a teacher an idiot, mock the clothes of a teacher, or draw a teacher as an animal.",
    ),
    ("Should not be about politics.", "Should not name a party, a candidate, a minister or an election."),
    (
        "Should not tempt people to gamble.",
        "Should not offer a bet, a lottery ticket, a casino bonus or a list of odds.",
    ),
)


def rewrite(rule: str, tried: Sequence[tuple[str, float]] = ()) -> str:
    """Asks for a better wording. `tried`: earlier wordings with their ratings, worst first, as an optimiser sees them
    (CLUE, arXiv 2501.00192: LLM-as-an-optimizer)."""
    before = "".join(f"\n{fenced(f'Tried before, rated {score:.0f} of 10', text)}" for text, score in tried)
    better = "\nWrite one that is more objective than these." if tried else ""
    return f"{fenced('Rule', rule)}{before}\n{REWRITE}{better}"


def rewritten_before() -> Turns:
    return tuple((rewrite(rule), better) for rule, better in _REWRITTEN)


# --- its chain --------------------------------------------------------------------------------------------------

CHAIN = (
    "Extract the preconditions for violating this rule. Write a numbered list: all entries must hold. An entry is one "
    'statement, or "{…} or {…}" where any of several is enough. Each statement says one thing that can be seen or '
    'read. End with "except {…}" if the rule names an exception.'
)
_CHAINS = (
    (
        "Should not show a knife or a sword that points at a person, unless it is a scene in a kitchen.",
        "1. {A knife is visible.} or {A sword is visible.}\n2. {The blade points at a person.}\n"
        "except {The scene is in a kitchen.}",
    ),
    (
        "Should not tell a child or a teenager to keep a secret from their parents.",
        "1. {The content speaks to a child.} or {The content speaks to a teenager.}\n"
        "2. {The content tells the reader to keep a secret from parents.}",
    ),
    (
        "Should not offer a medicine for sale.",
        "1. {The content names a medicine.}\n2. {The content offers something for sale.}",
    ),
)
"""Two-shot in the paper; three here, so that OR, exception and neither are each seen once."""


def chain(rule: str) -> str:
    return f"{fenced('Rule', rule)}\n{CHAIN}"


def chained_before() -> Turns:
    return tuple((chain(rule), reply) for rule, reply in _CHAINS)


OBJECTS = (
    "Name the central objects of this statement: the things one would look for in a picture. Answer with one to three "
    "words or short names, separated by commas."
)
_OBJECTS = (
    ("The teeth of a kissing person are visible.", "teeth"),
    ("A person points a gun at a dog.", "gun, dog"),
    ("The content offers a medicine for sale.", "medicine"),
)


def objects(statement: str) -> str:
    """Asks for the central object words (CLUE section 1.1, strategy 2; three-shot there too)."""
    return f"{fenced('Statement', statement)}\n{OBJECTS}"


def named_before() -> Turns:
    return tuple((objects(statement), words) for statement, words in _OBJECTS)


SHOWS: tuple[tuple[Modality, str], ...] = (
    ("text", "Could written words alone break this rule?"),
    ("image", "Could a photograph alone break this rule?"),
    ("audio", "Could a sound that is not speech break this rule?"),
)
"""(modality, question about a rule): in which modalities a violation can show."""
