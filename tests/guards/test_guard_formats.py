"""The output grammars: published replies are read, anything else is missing, nothing raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmjudge.guards import Ask
from mmjudge.guards.registry import FAMILIES, family_of
from mmjudge.rubric import load_rubric
from mmjudge.types import Missing

PARSED = [family.name for family in FAMILIES if family.parse]


def ask_of(name, response=False):
    family = family_of(name)
    rules = tuple(rule.id for rule in load_rubric(family.rubric or "default").rules)
    return Ask(tuple(r for r in rules if not (response and r in family.requests_only)), response=response)


def told(name, reply, response=False):
    return family_of(name).parse(reply, ask_of(name, response))


LLAVA = '{\n    "rating": "%s",\n    "category": "%s",\n    "rationale": "The image shows {a} \\"thing\\"."\n}'
HARMONY = "<|channel|>analysis<|message|>Is it? Yes.<|end|><|start|>assistant<|channel|>final<|message|>"
POLY = (
    "Harmful request: %s\nRequest safety violations: %s\nResponse refusal: no\n"
    "Harmful response: %s\nResponse safety violations: %s"
)

# guard, whether an answer is judged, reply, unsafe, named, doubted
READ = [
    ("llama-guard-3", False, "\n\nsafe", False, (), False),
    ("llama-guard-3", False, "unsafe\nS9", True, ("s9",), False),
    ("llama-guard-3", True, "\n\nunsafe\nS1,S10", True, ("s1", "s10"), False),
    ("llama-guard-4", False, "\n\nunsafe\nS9", True, ("s9",), False),
    ("qwen3guard", False, "Safety: Unsafe\nCategories: Violent", True, ("violent",), False),
    ("qwen3guard", True, "Safety: Safe\nCategories: None\nRefusal: Yes", False, (), False),
    ("qwen3guard", False, "Safety: Controversial\nCategories: PII, Jailbreak\n", True, ("pii", "jailbreak"), True),
    ("shieldgemma", False, "Yes", True, ("dangerous", "harassment", "hate", "sexual"), False),
    ("shieldgemma", False, "No, it does not", False, ("dangerous", "harassment", "hate", "sexual"), False),
    ("granite-guardian-3", False, "Yes", True, None, False),
    ("granite-guardian-3", False, "No\n<confidence> High </confidence>", False, None, False),
    ("granite-guardian-3.3", False, "<score> no </score>", False, None, False),
    ("granite-guardian-3.3", True, "<think>\n</think>\n<score> yes </score>", True, None, False),
    (
        "wildguard",
        False,
        "Harmful request: yes\nResponse refusal: n/a\nHarmful response: n/a",
        True,
        ("harmful",),
        False,
    ),
    (
        "wildguard",
        True,
        "Harmful request: yes\nResponse refusal: yes\nHarmful response: no",
        False,
        ("harmful",),
        False,
    ),
    ("llavaguard", False, LLAVA % ("Unsafe", "O3: Sexual Content"), True, ("o3",), False),
    ("llavaguard", False, LLAVA % ("Safe", "O2: Violence, Harm, or Cruelty"), False, (), False),
    ("llavaguard", False, LLAVA % ("Safe", "NA: None applying"), False, (), False),
    (
        "gpt-oss-safeguard",
        False,
        HARMONY + '{"violation": 1, "rule_ids": ["violence", "weapons"]}',
        True,
        ("violence", "weapons"),
        False,
    ),
    (
        "gpt-oss-safeguard",
        False,
        '<|channel|>final<|message|>{"violation": 0, "rule_ids": []}',
        False,
        (),
        False,
    ),
    ("nemotron-safety-guard", False, '{"User Safety": "safe"} ', False, (), False),
    (
        "nemotron-safety-guard",
        False,
        '{"User Safety": "unsafe", "Safety Categories": "Violence, Criminal Planning/Confessions"}',
        True,
        ("s1", "s3"),
        False,
    ),
    (
        "nemotron-safety-guard",
        True,
        '{"User Safety": "unsafe", "Response Safety": "safe", "Safety Categories": "pii/privacy"}',
        False,
        (),
        False,
    ),
    ("md-judge", True, "safe", False, (), False),
    ("md-judge", True, "unsafe\nO5", True, ("o5",), False),
    ("md-judge", True, "unsafe\nO1: Representation & Toxicity", True, ("o1",), False),
    ("polyguard", False, POLY % ("yes", "S2", "no", "None"), True, ("s2",), False),
    ("polyguard", True, POLY % ("yes", "S2", "yes", "S2, S6"), True, ("s2", "s6"), False),
    ("polyguard", True, POLY % ("yes", "S2", "no", "None"), False, (), False),
]


@pytest.mark.parametrize(("name", "response", "reply", "unsafe", "named", "doubted"), READ)
def test_a_published_reply_is_read(name, response, reply, unsafe, named, doubted):
    [decision] = told(name, reply, response)
    asked = ask_of(name, response)
    assert (decision.unsafe, decision.doubted) == (unsafe, doubted)
    assert decision.named == (asked.rules if named is None else named)
    assert decision.rules == asked.rules
    spoken = reply[decision.at :].casefold()
    sides = family_of(name).words
    assert any(spoken.startswith(word.casefold()) for word in sides[0 if unsafe else 1])


BROKEN = [
    ("llama-guard-3", False, ["", "Safe", "safe.", "safe\nS1", "unsafe", "unsafe S1", "unsafe\nS15", "unsafe\nS0"]),
    (
        "llama-guard-3",
        False,
        ["unsafe\nS1,S1", "unsafe\nS1,", "unsafe\ns1", "unsafe\nS1\nS2", "It is safe", "unsafe\nS01"],
    ),
    ("qwen3guard", False, ["Safety: Safe", "Safety: Safe\nCategories: Violent", "Safety: Unsafe\nCategories: None"]),
    ("qwen3guard", False, ["Safety: Unsafe\nCategories: Rude", "Safety: Safe\nCategories: None\nRefusal: Yes"]),
    (
        "qwen3guard",
        False,
        ["Safety: Unsafe\nCategories: Violent, None", "Categories: None\nSafety: Safe", "safety: Safe"],
    ),
    ("qwen3guard", True, ["Safety: Safe\nCategories: None", "Safety: Unsafe\nCategories: Jailbreak\nRefusal: No"]),
    ("qwen3guard", True, ["Safety: Safe\nCategories: None\nRefusal: Maybe"]),
    ("shieldgemma", False, ["", "yes", "Nothing", "Yesterday", "The answer is Yes"]),
    ("granite-guardian-3", False, ["", "yes", "Yes.", "Yes No", "Yes\n<confidence> Sure </confidence>", "Failed"]),
    (
        "granite-guardian-3.3",
        False,
        ["yes", "<score>maybe</score>", "<score>yes</score><score>no</score>", "<score>yes"],
    ),
    ("granite-guardian-3.3", False, ["<think>It is <score>yes</score></think>", "x<score> yes </score>"]),
    (
        "wildguard",
        False,
        ["Harmful request: yes", "Harmful request: maybe\nResponse refusal: no\nHarmful response: no"],
    ),
    ("wildguard", False, ["Harmful request: n/a\nResponse refusal: no\nHarmful response: no"]),
    ("wildguard", True, ["Harmful request: yes\nResponse refusal: no\nHarmful response: n/a"]),
    ("wildguard", True, ["Harmful response: yes\nResponse refusal: no\nHarmful request: no"]),
    ("llavaguard", False, ["", "{}", '{"rating": "Unsafe"}', LLAVA % ("Unsafe", "NA: None applying")]),
    ("llavaguard", False, [LLAVA % ("Unsafe", "O10: Else"), LLAVA % ("unsafe", "O3: Sexual Content")]),
    ("llavaguard", False, [LLAVA % ("Safe", "NA: None applying") + " and more", "[" * 9000]),
    (
        "llavaguard",
        False,
        ['{"rating": "Safe", "rating": "Unsafe", "category": "O3: Sexual Content", "rationale": ""}'],
    ),
    ("llavaguard", False, ['{"rating": "Safe", "category": "NA: None applying", "rationale": 1}']),
    ("gpt-oss-safeguard", False, ["", '{"violation": 0, "rule_ids": []}', HARMONY, HARMONY + "no"]),
    (
        "gpt-oss-safeguard",
        False,
        [HARMONY + '{"violation": 1, "rule_ids": []}', HARMONY + '{"violation": 2, "rule_ids": []}'],
    ),
    ("gpt-oss-safeguard", False, [HARMONY + '{"violation": 0, "rule_ids": ["violence"]}']),
    (
        "gpt-oss-safeguard",
        False,
        [HARMONY + '{"violation": 1, "rule_ids": ["unheard_of"]}', HARMONY + '{"violation": 1, "rule_ids": [1]}'],
    ),
    ("gpt-oss-safeguard", False, [HARMONY + '{"violation": 1, "rule_ids": ["violence", "violence"]}']),
    (
        "gpt-oss-safeguard",
        False,
        ['<|channel|>analysis<|message|><|channel|>final<|message|>{"violation": 0, "rule_ids": []}'],
    ),
    ("nemotron-safety-guard", False, ["", "safe", "[]", "{}", '{"User Safety": "Safe"}', '{"User Safety": true}']),
    (
        "nemotron-safety-guard",
        False,
        ['{"User Safety": "unsafe"}', '{"User Safety": "safe", "Safety Categories": "Violence"}'],
    ),
    ("nemotron-safety-guard", False, ['{"User Safety": "unsafe", "Safety Categories": "Rudeness"}', "[" * 9000]),
    (
        "nemotron-safety-guard",
        False,
        ['{"User Safety": "unsafe", "User Safety": "safe"}', '{"User Safety": "safe", "x": "y"}'],
    ),
    ("nemotron-safety-guard", False, ['{"User Safety": "safe", "Response Safety": "safe"}']),
    ("nemotron-safety-guard", True, ['{"User Safety": "safe"}', '{"Response Safety": "safe"}']),
    ("md-judge", True, ["unsafe", "unsafe\nO7", "unsafe\nO1,O2", "unsafe\nO1: Malicious Use", "Safe", "safe\nO1"]),
    ("polyguard", False, [POLY % ("yes", "None", "no", "None"), POLY % ("no", "S1", "no", "None")]),
    (
        "polyguard",
        False,
        [POLY % ("yes", "S15", "no", "None"), POLY % ("yes", "S1 S2", "no", "None"), "Harmful request: yes"],
    ),
    ("polyguard", True, [POLY % ("no", "None", "n/a", "None"), POLY % ("no", "None", "yes", "n/a")]),
]


@pytest.mark.parametrize(("name", "response", "replies"), BROKEN)
def test_any_other_reply_is_missing_and_never_safe(name, response, replies):
    for reply in replies:
        found = told(name, reply, response)
        assert isinstance(found, Missing), reply
        assert found.reason == "unparsed"


@given(st.sampled_from(PARSED), st.booleans(), st.text(max_size=200))
@settings(max_examples=600, deadline=None)
def test_any_text_is_an_answer_or_missing(name, response, reply):
    check(name, response, reply)


@given(st.sampled_from(READ), st.data())
@settings(max_examples=1000, deadline=None)
def test_a_published_reply_with_something_changed_is_an_answer_or_missing(known, data):
    name, response, reply, *_ = known
    at = data.draw(st.integers(0, len(reply)))
    to = data.draw(st.integers(at, min(len(reply), at + 8)))
    other = data.draw(st.sampled_from(READ))[2]
    bits = st.one_of(
        st.text(max_size=4), st.sampled_from(["\n", " ", ",", "S2", "safe", "unsafe", "Yes", '"', "}", other])
    )
    check(name, response, reply[:at] + data.draw(bits) + reply[to:])


def check(name, response, reply):
    family, asked = family_of(name), ask_of(name, response)
    found = family.parse(reply, asked)
    if isinstance(found, Missing):
        assert found.reason == "unparsed"
        return
    for decision in found:
        assert decision.rules == asked.rules
        assert set(decision.named) <= set(asked.rules)
        assert decision.named or not decision.unsafe, "unsafe with nothing named would leave every rule at nothing"
        spoken = reply[decision.at :].casefold()
        assert any(spoken.startswith(word.casefold()) for word in family.words[0 if decision.unsafe else 1])
