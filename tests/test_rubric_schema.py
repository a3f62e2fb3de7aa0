"""`rubrics/schema.json` takes what the parser takes and refuses what an editor can see to be wrong."""

import copy
import json
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator

from mmjudge import rubric as format_
from mmjudge.errors import RubricError
from mmjudge.rubric import SLUG, parse, shipped, shipped_text
from mmjudge.rubric_edit import ORDER, TEMPLATE
from mmjudge.types import MODALITIES, TARGETS
from mmjudge.yamltext import read_yaml

SCHEMA = json.loads(files("mmjudge.rubrics").joinpath("schema.json").read_text(encoding="utf-8"))
CHECK = Draft202012Validator(SCHEMA)
GOOD = {
    "id": "mine",
    "title": "Mine",
    "source": "",
    "licence": "CC0",
    "rules": [
        {
            "id": "010",
            "category": "Knives",
            "severity": 3,
            "modalities": ["image", "text"],
            "text": "No knives.",
            "objective_text": "A knife is seen.",
            "objectiveness": 9,
            "preconditions": [
                {"id": "p1", "any_of": [{"id": "q1", "ask": "A knife.", "about": ["knife"]}, {"id": "q2", "ask": "A"}]},
                {"id": "p2", "any_of": [{"id": "q3", "ask": "A kitchen.", "expect": False}]},
            ],
            "grades": [{"id": "g1", "severity": 3, "ask": "Blood.", "about": ["blood"]}],
            "examples": [
                {"violates": True, "text": "Here is my knife."},
                {"violates": False, "prompt": "Where is it?", "text": "There.", "target": "response"},
                {"violates": True, "description": "A man with a knife."},
            ],
            "reuses": "b",
        },
        {"id": "b", "text": "No b.", "preconditions": [{"id": "p1", "any_of": [{"id": "q1", "ask": "A b."}]}]},
    ],
}
RULE = ("rules", 0)
QUESTION = (*RULE, "preconditions", 0, "any_of", 0)
MISSING = object()

BROKEN = [
    (("id",), False),
    (("id",), "../mine"),
    (("id",), "Mine"),
    (("id",), "x" * 65),
    (("title",), MISSING),
    (("title",), "  "),
    (("titel",), "Mine"),
    (("source",), 2024),
    (("rules",), []),
    (("rules",), {"a": 1}),
    ((*RULE, "id"), 10),
    ((*RULE, "text"), MISSING),
    ((*RULE, "text"), ""),
    ((*RULE, "severity"), 4),
    ((*RULE, "severity"), True),
    ((*RULE, "severity"), "3"),
    ((*RULE, "objectiveness"), 11),
    ((*RULE, "modalities"), []),
    ((*RULE, "modalities"), ["smell"]),
    ((*RULE, "modalities"), "text"),
    ((*RULE, "preconditions"), []),
    ((*RULE, "preconditions", 0, "any_of"), []),
    ((*RULE, "preconditions", 0, "anyof"), []),
    ((*QUESTION, "expect"), 1),
    ((*QUESTION, "ask"), MISSING),
    ((*QUESTION, "about"), "knife"),
    ((*QUESTION, "about"), [" "]),
    ((*RULE, "grades", 0, "severity"), 0),
    ((*RULE, "grades", 0, "expect"), True),
    ((*RULE, "grades"), {}),
    ((*RULE, "examples", 0, "violates"), "yes"),
    ((*RULE, "examples", 0, "text"), MISSING),
    ((*RULE, "examples", 0, "description"), "Both."),
    ((*RULE, "examples", 0, "target"), "us"),
    ((*RULE, "examples", 1, "target"), "post"),
    ((*RULE, "reuses"), "No One"),
    ((*RULE, "reuses"), None),
]


def broken(path: tuple[str | int, ...], value: object) -> dict[str, object]:
    data = copy.deepcopy(GOOD)
    place = data
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


def test_it_is_a_schema_and_the_good_file_is_good():
    Draft202012Validator.check_schema(SCHEMA)
    CHECK.validate(GOOD)
    assert parse(yaml.safe_dump(GOOD, allow_unicode=True), "good").rules[0].id == "010"


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rubric_is_valid(name):
    assert [error.message for error in CHECK.iter_errors(read_yaml(shipped_text(name), name))] == []


def test_the_template_is_valid():
    CHECK.validate(read_yaml(TEMPLATE, "template"))


@pytest.mark.parametrize(("path", "value"), BROKEN, ids=lambda part: str(part)[:40])
def test_schema_and_parser_refuse_the_same(path, value):
    data = broken(path, value)
    assert not CHECK.is_valid(data)
    with pytest.raises(RubricError):
        parse(yaml.safe_dump(data, allow_unicode=True), "bad.yaml")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*RULE, "id"), "b"),
        ((*RULE, "reuses"), "nobody"),
        ((*QUESTION, "id"), "q2"),
        ((*RULE, "severity"), 3.0),
        ((*RULE, "grades", 0, "id"), "q1"),
    ],
)
def test_what_only_the_parser_can_see(path, value):
    data = broken(path, value)
    assert CHECK.is_valid(data)
    with pytest.raises(RubricError):
        parse(yaml.safe_dump(data, allow_unicode=True), "bad.yaml")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*RULE, "category"), MISSING),
        ((*RULE, "objective_text"), ""),
        ((*RULE, "reuses"), ""),
        ((*RULE, "objectiveness"), 0),
        ((*RULE, "examples", 1, "target"), MISSING),
        ((*RULE, "examples", 0, "prompt"), " "),
        ((*RULE, "examples", 0, "target"), "response"),
        ((*RULE, "modalities"), ["text", "text"]),
        (("licence",), MISSING),
    ],
)
def test_what_both_take(path, value):
    data = broken(path, value)
    CHECK.validate(data)
    parse(yaml.safe_dump(data, allow_unicode=True), "good.yaml")


def test_it_knows_the_same_keys_and_words_as_the_parser_and_describes_each():
    parts = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == format_.RUBRIC_KEYS
    for name in ("rule", "precondition", "question", "grade", "example"):
        assert set(parts[name]["properties"]) == getattr(format_, f"{name.upper()}_KEYS")
        assert parts[name]["additionalProperties"] is False
    for name, order in ORDER.items():
        properties = SCHEMA["properties"] if name == "rubric" else parts[name]["properties"]
        assert set(order) == set(properties)
        if name in ("rubric", "rule", "question", "grade"):
            assert list(properties) == list(order)
    assert parts["id"]["pattern"] == f"^{SLUG.pattern}$"
    assert set(parts["rule"]["properties"]["modalities"]["items"]["enum"]) == set(MODALITIES)
    assert set(parts["example"]["properties"]["target"]["enum"]) == set(TARGETS)
    described = [SCHEMA, *parts.values(), *SCHEMA["properties"].values()]
    described += [value for part in parts.values() for value in part.get("properties", {}).values()]
    assert all("description" in part or "$ref" in part for part in described)
