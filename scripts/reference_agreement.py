#!/usr/bin/env python
"""What two other packages say about agreement, at full digits: the fixture of tests/agreement/test_reference.py.

They pin old libraries, so they run in an environment of their own, once:

    python3 -m venv ../reference && ../reference/bin/pip install irrCAC==0.4.4 pingouin==0.6.1
    ../reference/bin/python scripts/reference_agreement.py > tests/agreement/reference.json

irrCAC rounds to `digits`: 17 rounds nothing. pingouin rounds by an option, which is None here.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
import pandas as pd
import pingouin
from irrCAC.raw import CAC

CLOSENESS = ("identity", "linear", "quadratic", "ordinal")


def ratings(seed: int, items: int, raters: int, shares: list[float], same: float, missing: float) -> np.ndarray:
    """float64 (items, raters): codes, NaN where missing. With probability `same` a rater says what the item is."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(len(shares), size=(items, 1), p=shares)
    said = np.where(rng.random((items, raters)) < same, truth, rng.choice(len(shares), size=(items, raters), p=shares))
    return np.where(rng.random((items, raters)) < missing, np.nan, said)


def numbers(seed: int, items: int, raters: int, levels: float, missing: float) -> np.ndarray:
    """float64 (items, raters): numbers with an item's level, a rater's level and noise."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(items, 1)) + levels * rng.normal(size=(1, raters))
    found = level + 0.7 * rng.normal(size=(items, raters))
    return np.where(rng.random((items, raters)) < missing, np.nan, found)


def listed(matrix: np.ndarray) -> list[list[float | None]]:
    """Rows with None for NaN."""
    return [[None if np.isnan(cell) else float(cell) for cell in row] for row in matrix]


def coefficients(name: str, matrix: np.ndarray, k: int) -> dict[str, object]:
    """irrCAC's Fleiss kappa, and Gwet's AC1 and AC2 for every closeness."""
    frame = pd.DataFrame(matrix)
    categories = list(range(k))
    gwet = {
        close: float(CAC(frame, weights=close, categories=categories, digits=17).gwet()["est"]["coefficient_value"])
        for close in CLOSENESS
    }
    plain = CAC(frame, categories=categories, digits=17)
    return {
        "name": name,
        "k": k,
        "ratings": listed(matrix),
        "fleiss": float(plain.fleiss()["est"]["coefficient_value"]),
        "raw": float(plain.pa),
        "gwet": gwet,
    }


def correlations(name: str, matrix: np.ndarray) -> dict[str, object]:
    """pingouin's six forms, in its order: 1, 2, 3 single, then 1, 2, 3 averaged."""
    pingouin.options.update(dict.fromkeys(list(pingouin.options), None))
    frame = pd.DataFrame(matrix).reset_index().melt(id_vars="index", var_name="rater", value_name="number")
    table = pingouin.intraclass_corr(frame, targets="index", raters="rater", ratings="number", nan_policy="omit")
    return {"name": name, "matrix": listed(matrix), "icc": [float(number) for number in table["ICC"]]}


def main() -> None:
    found = {
        "packages": {name: version(name) for name in ("irrCAC", "pingouin")},
        "coefficients": [
            coefficients("two categories", ratings(1, 30, 3, [0.6, 0.4], 0.6, 0.0), 2),
            coefficients("rare category", ratings(2, 40, 4, [0.95, 0.05], 0.5, 0.0), 2),
            coefficients("missing answers", ratings(3, 40, 4, [0.5, 0.3, 0.2], 0.5, 0.45), 3),
            coefficients("five levels", ratings(4, 25, 5, [0.3, 0.3, 0.2, 0.15, 0.05], 0.7, 0.2), 5),
            coefficients("a category nobody used", ratings(5, 20, 3, [0.5, 0.5, 0.0], 0.4, 0.1), 3),
        ],
        "icc": [
            correlations("levels differ", numbers(6, 20, 4, 1.0, 0.0)),
            correlations("levels alike", numbers(7, 30, 3, 0.0, 0.0)),
            correlations("missing numbers", numbers(8, 40, 3, 0.5, 0.15)),
            correlations("severities", np.clip(np.round(numbers(9, 25, 4, 0.3, 0.0) + 1.5), 0, 3)),
        ],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
