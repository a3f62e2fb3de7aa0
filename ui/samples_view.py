"""The samples as buttons. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mmjudge.samples import Sample
from mmjudge.ui.markup import esc, icon, isolated

GROUPS = (("text", "Text"), ("image", "Pictures"), ("audio", "Sound"), ("video", "Clips"), ("mixed", "Posts"))


def samples_html(samples: Sequence[Sample]) -> str:
    """A button per sample, by kind. What a click sends is only the sample's id."""
    groups = "".join(_group(kind, title, [s for s in samples if s.kind == kind]) for kind, title in GROUPS)
    return (
        '<section class="mm-samples" aria-labelledby="mm-samples-title"><h2 id="mm-samples-title">Or try a sample</h2>'
        f"{groups}</section>"
    )


def _group(kind: str, title: str, samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    buttons = "".join(
        f'<button type="button" class="mm-chip" data-act="sample" data-sample="{esc(s.id)}">'
        f"{isolated(s.title)}</button>"
        for s in samples
    )
    return f'<h3>{icon(kind)}{title}</h3><div class="mm-chips">{buttons}</div>'
