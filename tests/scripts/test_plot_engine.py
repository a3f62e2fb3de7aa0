"""The tables of the engine's bench are read as they were printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from plot_engine import main, races

PRINTED = """Machine: x86_64, one thread
Loading weights: 100%
## smolvlm-3, 64 image tokens, cascade
| questions | engine | naive | times | glance | times | bound |
| 1 | 0.90 s | 0.90 s | 1.00 | 0.93 s | 1.03 | 1.0 |
| 4 | 1.20 s | 3.60 s | 3.00 | 3.72 s | 3.10 | 3.4 |

## other, 256 image tokens, packed
| questions | engine | naive | times | bound |
| 1 | 2.00 s | 1.90 s | 0.95 | 1.0 |
times: 17.3
"""


def test_tables_are_read_as_they_were_printed() -> None:
    first, second = races(PRINTED)
    assert first.title == "SmolVLM-256M, tower of 3 layers\n64 image tokens"
    assert first.questions == [1, 4]
    assert first.seconds == {"engine": [0.9, 1.2], "naive": [0.9, 3.6], "glance": [0.93, 3.72]}
    assert first.bound == [1.0, 3.4]
    assert (second.title, second.seconds) == ("other\n256 image tokens", {"engine": [2.0], "naive": [1.9]})


def test_a_picture_is_drawn_of_them(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "printed.txt").write_text(PRINTED, encoding="utf-8")
    main(tmp_path / "printed.txt", tmp_path / "speed.svg")
    drawn = (tmp_path / "speed.svg").read_text(encoding="utf-8")
    assert "SmolVLM-256M, tower of 3 layers" in drawn
    assert "glance-vlm" in drawn
