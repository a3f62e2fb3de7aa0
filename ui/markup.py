"""Text -> HTML that shows exactly this text, and the icons. Pure.

Knows what a browser, gradio's templates and bidirectional text could make of a string. Refuses to know values of
mmjudge. Every character a person typed or a file held passes through `esc` before it reaches a page.
"""

from __future__ import annotations

import html
import re

# NUL, other controls and lone surrogates (UTF-8 has no form for them) are shown as U+FFFD; line ends and tabs stay.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# gradio fills its HTML templates with `${…}` and `{{…}}`: neither may ever appear in a value.
_TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})


def esc(text: object) -> str:
    """`text` as HTML that shows it, safe in element content and in quoted attributes."""
    return html.escape(_UNSHOWABLE.sub("\ufffd", str(text)), quote=True).translate(_TEMPLATE)


def isolated(text: object) -> str:
    """`esc` within an element that keeps right-to-left text and direction overrides from leaking out."""
    return f"<bdi>{esc(text)}</bdi>"


def shortened(text: str, most: int) -> str:
    """At most `most` characters, the last one "…" where something is left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


_PATHS = {
    "safe": '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.3 3 3 6-6.3" class="ink"/>',
    "controversial": '<path d="M12 2.2 22.4 20.6H1.6Z"/><path d="M12 9v5.2M12 17.2v.2" class="ink"/>',
    "unsafe": '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8Z"/><path d="m8.6 8.6 6.8 6.8m0-6.8-6.8 6.8" class="ink"/>',
    "needs_review": '<rect x="2" y="2" width="20" height="20" rx="5.5"/>'
    '<path d="M9 9.2a3.1 3.1 0 1 1 4.6 2.7c-1 .6-1.6 1.1-1.6 2.3M12 17.6v.1" class="ink"/>',
    "idle": '<circle cx="12" cy="12" r="9" class="ring"/>',
    "done": '<path d="m5 12.5 4.5 4.5L19 7.5" class="line"/>',
    "eye": '<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z" class="line"/>'
    '<circle cx="12" cy="12" r="3" class="line"/>',
    "text": '<path d="M5 6h14M5 10.5h14M5 15h9" class="line"/>',
    "image": '<rect x="3.5" y="5" width="17" height="14" rx="2" class="line"/>'
    '<path d="m4 17 5-5 4 4 3-3 4.5 4.5" class="line"/>',
    "audio": '<path d="M4 10v4M8 7v10M12 4.5v15M16 8v8M20 10.5v3" class="line"/>',
    "video": '<rect x="3" y="5.5" width="13" height="13" rx="2" class="line"/>'
    '<path d="m16 11 5-3v8l-5-3" class="line"/>',
    "file": '<path d="M6.5 3h7L18 7.5V21H6.5Z" class="line"/><path d="M13.5 3v4.5H18" class="line"/>',
    "scales": '<path d="M12 4v16M7.5 20h9M5 7h14" class="line"/>'
    '<path d="M5 7 2.5 13a2.8 2.8 0 0 0 5 0ZM19 7l-2.5 6a2.8 2.8 0 0 0 5 0Z"/>',
    "mixed": '<rect x="3.5" y="8" width="12" height="12" rx="2" class="line"/>'
    '<path d="M8 8V4h12.5v12H15.5" class="line"/>',
}


def icon(name: str, kind: str = "") -> str:
    """An inline picture, decoration only: what it says always stands beside it in words."""
    return f'<svg class="mm-icon {kind}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{_PATHS[name]}</svg>'
