#!/usr/bin/env python
"""What ppi-python says of prediction-powered means, at full digits: a fixture of tests/agreement/test_prevalence.py.

It brings numba, so it runs in an environment of its own, once:

    python3 -m venv ../reference && ../reference/bin/pip install ppi-python==0.2.3
    ../reference/bin/python scripts/reference_inference.py > tests/agreement/reference_inference.json

ppi-python takes the judge's answers on the unlabelled items, mmjudge those on the whole set: the same estimate where
its lambda is mmjudge's power times the share of items without a label.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate


def case(seed: int, labelled: int, others: int, share: float, noise: float) -> dict[str, object]:
    """One set: labels of some items, the judge's scores of all, and what ppi-python makes of them."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(labelled + others) < share).astype(float)
    scores = np.round(np.clip(truth * 0.6 + 0.2 + noise * rng.normal(size=len(truth)), 0, 1), 3)
    given = truth[:labelled], scores[:labelled], scores[labelled:]
    found = []
    for lam in (None, 0.0, 0.5, 1.0):
        low, high = ppi_mean_ci(*given, alpha=0.05, lam=lam)
        point = ppi_mean_pointestimate(*given, lam=lam)
        found.append({"lam": lam, "value": np.ravel(point).item(), "low": low.item(), "high": high.item()})
    return {"labels": truth[:labelled].tolist(), "scores": scores.tolist(), "found": found}


if __name__ == "__main__":
    cases = [case(1, 60, 240, 0.4, 0.2), case(2, 100, 300, 0.25, 0.35), case(3, 80, 400, 0.6, 0.1)]
    print(json.dumps({"ppi-python": version("ppi-python"), "cases": cases}))
