"""A long table read as ratings: whose columns mean what, and what is refused."""

import numpy as np
import pytest

from mmjudge.errors import MediaError
from mmjudge.ratings import CONTROVERSIAL, NO, UNKNOWN, YES
from mmjudge.report.longtable import read_table


def written(tmp_path, text, name="labels.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


CSV = """item,rule,rater,label,score,seconds,language,item_source,rater_side,category,probability
1,r,ann,yes,,3.5,en,web,left,hate,0.5
1,r,judge:x,unsafe,0.25,,en,web,,hate,0.5
"2, too",r,ann,cant_tell,,,de,,left,hate,
"2, too",r,Judge:x,controversial,1,,de,,,hate,
3,r,ann,No,,,,,left,hate,
"""


def test_columns_and_facts(tmp_path):
    ratings, facts = read_table(written(tmp_path, CSV))
    assert ratings.items == ("1", "2, too", "3")
    assert ratings.value.tolist() == [YES, YES, UNKNOWN, CONTROVERSIAL, NO]
    assert [ratings.raters[code] for code in sorted(ratings.judges)] == ["judge:x", "Judge:x"]
    assert ratings.score.tolist()[1::2] == [0.25, 1.0]
    assert np.isnan(ratings.score[[0, 2, 4]]).all()
    assert (ratings.seconds[0], ratings.probability[0]) == (3.5, 0.5)
    assert facts.items == {"language": {"1": "en", "2, too": "de"}, "source": {"1": "web"}}
    assert facts.raters == {"side": {"ann": "left"}}
    assert facts.categories == {"r": "hate"}


def test_lines_of_json_are_the_same(tmp_path):
    lines = (
        '{"item": "1", "rater": "ann", "label": "yes"}\n'
        '{"item": "1", "rater": "judge:x", "label": "no", "score": 0.5}\n'
    )
    ratings, _ = read_table(written(tmp_path, lines, "labels.jsonl"))
    assert ratings.value.tolist() == [YES, NO]
    assert ratings.rules == ("",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("item,label\n1,yes\n", "no column rater"),
        ("item,rater,label\n1,a,yes\n1,b,maybe\n", "answer 2 is 'maybe'"),
        ("item,rater,label,score\n1,a,yes,1.5\n", "outside"),
        ("item,rater,label,seconds\n1,a,yes,long\n", "no number|no long table"),
        ("item,rater,label\n1,a\n", "no long table"),
    ],
)
def test_what_is_no_such_table_is_refused_in_words(tmp_path, text, says):
    with pytest.raises(MediaError, match=says):
        read_table(written(tmp_path, text))


def test_a_file_that_is_away(tmp_path):
    with pytest.raises(MediaError, match="is no file"):
        read_table(tmp_path / "away.csv")
