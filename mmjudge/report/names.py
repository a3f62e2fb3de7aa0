"""What figures are called, and what a person needs to know to read one.

Pure words. Refuses to know numbers.
"""

from __future__ import annotations

from math import isnan

NAMES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "specificity": "Specificity",
    "f1": "F1",
    "cohen_kappa": "Cohen's kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "fleiss_kappa": "Fleiss' kappa",
    "raw_agreement": "Raw agreement",
    "auprc": "AUPRC (average precision)",
    "auroc": "AUROC",
    "brier": "Brier score",
    "ece": "Calibration error (ECE)",
    "decided": "Share decided",
    "accuracy_unknown_wrong": "Accuracy, unknown counted as wrong",
    "recall_unknown_missed": "Recall, unknown counted as missed",
    "judge_with_others": "Judge with the majority of the others",
    "person_with_others": "One person with the majority of the others",
    "judge_less_person": "Judge less one person",
    "with_others": "Agrees with the majority of the others",
    "violations": "Share of violations among the labelled",
    "against_chosen": "Accuracy less that of the judge above",
    "gai": "Group association index",
    "xrr": "Agreement with the other groups (xRR)",
    "dsi": "Diversity sensitivity index",
}
NAMES |= {f"one_{name}": NAMES[name] for name in (
    "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "cohen_kappa"
)}  # fmt: skip

MEANS = {
    "accuracy": "right answers of all it decided",
    "balanced_accuracy": "the mean of recall and specificity: rare violations count as much as the rest",
    "precision": "true violations of those it called one",
    "recall": "violations it found of those there are",
    "specificity": "others it left alone",
    "f1": "precision and recall in one",
    "cohen_kappa": "agreement beyond chance; 1 is perfect, 0 is chance",
    "krippendorff_alpha": "agreement beyond chance, for any number of answers an item",
    "gwet_ac1": "agreement beyond chance that does not collapse where violations are rare",
    "fleiss_kappa": "agreement beyond chance among many",
    "raw_agreement": "two answers to one item are equal",
    "auprc": "ranking, whatever the threshold; chance is the share of violations",
    "auroc": "ranking, whatever the threshold; chance is 0.5",
    "brier": "squared distance of score and truth; 0 is best",
    "ece": "how far scores are from being chances; compare with the floor",
    "decided": "a yes or no, and not unknown",
    "accuracy_unknown_wrong": "what is left unknown counts against it",
    "recall_unknown_missed": "the worst case, if nobody looks at what is left unknown",
    "judge_with_others": "on the same answers as the next line",
    "person_with_others": "the ceiling: what one person reaches",
    "judge_less_person": "above 0 the judge is nearer to people than one person is",
    "with_others": "this person, each item once",
    "violations": "of these items; for the whole set see prevalence",
    "against_chosen": "on items both decided",
}

GROUPS = {
    "all": "Everything",
    "rule": "By rule",
    "category": "By category of rule",
    "modality": "By modality",
    "language": "By language",
    "raters": "By group of raters",
    "judge": "By judge",
    "rater": "By rater",
    "other": "By attribute",
}


def name_of(name: str) -> str:
    """The words for a figure; a name without words stands for itself."""
    return NAMES.get(name, name)


def number(value: float, digits: int = 2) -> str:
    """ "0.91", "–" where there is none."""
    return "–" if isnan(value) else f"{value:.{digits}f}"


def around(low: float, high: float, digits: int = 2) -> str:
    """ "0.87 to 0.94", "" where there is no interval."""
    return "" if isnan(low) or isnan(high) else f"{low:.{digits}f} to {high:.{digits}f}"
