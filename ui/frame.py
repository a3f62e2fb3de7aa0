"""What every page has: the header with its links, the theme, and the few lines of script.

Knows looks only.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import gradio as gr

from mmjudge.ui.markup import icon

# One listener for everything inside: a click on an element with data-act tells the server which, and nothing else.
CLICKS = """
element.addEventListener('click', (event) => {
  const hit = event.target.closest('[data-act]');
  if (hit && element.contains(hit)) { trigger('click', { ...hit.dataset }); }
});
"""

FONTS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


def html(value: str = "", **more: Any) -> gr.HTML:
    """A place for our own HTML, without gradio's styles for prose."""
    classes = more.pop("elem_classes", "mm-plain")
    return gr.HTML(value, elem_classes=classes, apply_default_css=False, padding=False, container=False, **more)


def header_html(page: str, role: str = "") -> str:
    """The top of a page. `page`: the name of a link below, "" for none. `role`: of who looks at it; each sees the links
    it may follow, "" and "admin" all of them."""
    links = (
        ("judge", "./", "Judge", ()),
        ("rubrics", "./rubrics", "Rubrics", ()),
        ("history", "./history", "History", ()),
        ("coverage", "./coverage", "Coverage", ()),
        ("annotate", "./annotate", "Annotate", ("rater", "adjudicator")),
        ("review", "./review", "Review", ("adjudicator",)),
        ("report", "./report", "Report", ("viewer", "adjudicator")),
    )
    nav = "".join(
        f'<a href="{to}"{" aria-current=page" if name == page else ""}>{said}</a>'
        for name, to, said, roles in links
        if role in ("", "admin", *roles)
    )
    return (
        '<a class="mm-skip" href="#mm-main">Skip to the content</a><header class="mm-header">'
        f'<a class="mm-brand" href="./">{icon("scales", "logo")}<span>mmjudge</span></a>'
        f'<nav aria-label="Pages">{nav}</nav></header>'
    )


def page_script() -> str:
    return "".join(
        f"<script>{files('mmjudge.ui').joinpath(script).read_text(encoding='utf-8')}</script>"
        for script in ("page.js", "rubrics.js")
    )


def page_style() -> str:
    sheets = ("style.css", "coverage.css", "rubrics.css")
    return "\n".join(files("mmjudge.ui").joinpath(sheet).read_text(encoding="utf-8") for sheet in sheets)


def theme() -> gr.themes.Base:
    """Gradio's own components in our colours. Fonts are the system's: none is fetched."""
    base = gr.themes.Base(font=FONTS, font_mono=MONO, radius_size=gr.themes.sizes.radius_md)
    both = {
        "body_background_fill": "var(--mm-page)",
        "body_text_color": "var(--mm-ink)",
        "body_text_color_subdued": "var(--mm-quiet)",
        "background_fill_primary": "var(--mm-card)",
        "background_fill_secondary": "var(--mm-sunk)",
        "border_color_primary": "var(--mm-line)",
        "border_color_accent": "var(--mm-accent)",
        "color_accent_soft": "var(--mm-accent-soft)",
        "link_text_color": "var(--mm-accent)",
        "link_text_color_hover": "var(--mm-accent)",
        "link_text_color_visited": "var(--mm-accent)",
        "link_text_color_active": "var(--mm-accent)",
        "block_background_fill": "var(--mm-card)",
        "block_border_color": "var(--mm-line)",
        "block_label_background_fill": "var(--mm-card)",
        "block_label_text_color": "var(--mm-quiet)",
        "block_label_border_color": "var(--mm-line)",
        "block_title_text_color": "var(--mm-ink)",
        "block_info_text_color": "var(--mm-quiet)",
        "input_background_fill": "var(--mm-field)",
        "input_background_fill_focus": "var(--mm-field)",
        "input_border_color": "var(--mm-line-strong)",
        "input_border_color_focus": "var(--mm-accent)",
        "input_placeholder_color": "var(--mm-quiet)",
        "button_primary_background_fill": "var(--mm-accent)",
        "button_primary_background_fill_hover": "var(--mm-accent-strong)",
        "button_primary_text_color": "var(--mm-on-accent)",
        "button_primary_border_color": "var(--mm-accent)",
        "button_secondary_background_fill": "var(--mm-card)",
        "button_secondary_background_fill_hover": "var(--mm-sunk)",
        "button_secondary_text_color": "var(--mm-ink)",
        "button_secondary_border_color": "var(--mm-line-strong)",
        "checkbox_label_background_fill": "var(--mm-card)",
        "checkbox_label_background_fill_hover": "var(--mm-sunk)",
        "checkbox_label_background_fill_selected": "var(--mm-accent-soft)",
        "checkbox_label_text_color": "var(--mm-ink)",
        "checkbox_label_text_color_selected": "var(--mm-ink)",
        "checkbox_label_border_color": "var(--mm-line-strong)",
        "checkbox_background_color": "var(--mm-field)",
        "checkbox_background_color_selected": "var(--mm-accent)",
        "checkbox_border_color": "var(--mm-line-strong)",
        "checkbox_border_color_selected": "var(--mm-accent)",
        "slider_color": "var(--mm-accent)",
        "accordion_text_color": "var(--mm-ink)",
        "loader_color": "var(--mm-accent)",
    }
    return base.set(**both, **{f"{name}_dark": value for name, value in both.items()}, color_accent="var(--mm-accent)")
