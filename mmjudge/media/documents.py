"""Text files, HTML, Markdown and PDF -> the words a person would see.

Knows which parts of a document are shown. Fetches nothing, runs nothing, expands no entity.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mmjudge.media.limits import Clock, Limits, Part, Sampling, UnreadError, lack, piece
from mmjudge.media.text import clean, decode, windows
from mmjudge.types import Gap

if TYPE_CHECKING:
    from bs4 import Tag

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.I)
_INVISIBLE = (
    "script",
    "style",
    "template",
    "noscript",
    "head",
    "title",
    "meta",
    "link",
    "object",
    "iframe",
    "svg",
    "math",
)
_UNSHOWN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$|!)|font-size\s*:\s*0",
    re.I,
)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|button|caption|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|legend|li|main|nav|ol|option|p|pre|section|select|summary|table|td|textarea|th|tr|ul"
)
_MARKDOWN = re.compile(
    r"^#{1,6} \S|^(?:```|~~~)|^[ \t]*+[-*+] \S|^> \S|\[[^\]\n]{1,200}\]\([^)\s]{1,2000}\)|\*\*\S[^*\n]{0,200}\*\*|"
    r"^\|.*\|[ \t]*$",
    re.M,
)


def text_part(text: str, limits: Limits, sampling: Sampling) -> Part:
    """Windows of a text as segments, `chars` counted in the text as given; the part beyond the limit is a gap."""
    seen = clean(text[: limits.characters])
    segments = tuple(
        piece(text=seen.text[start:end], chars=seen.origin(start, end))
        for start, end in windows(seen.text, sampling.window, sampling.overlap)
    )
    gaps = []
    if len(text) > limits.characters:
        gaps.append(
            lack("too_large", f"{len(text)} characters: only the first {limits.characters} were read; split the text")
        )
    if not segments:
        gaps.append(lack("undecodable", "nothing to judge: there are no visible characters in this text"))
    return Part(segments, tuple(gaps))


def read_text(path: Path, limits: Limits, sampling: Sampling) -> Part:
    """A text file. Markdown is taken for its visible words where it looks like Markdown."""
    text, _ = decode(path.read_bytes())
    return text_part(markdown_words(text) if looks_like_markdown(text) else text, limits, sampling)


def read_html(path: Path, limits: Limits, sampling: Sampling) -> Part:
    """The visible words of an HTML page: no scripts, styles, comments or hidden elements. Pictures are not fetched."""
    raw = path.read_bytes()
    declared = _META.search(raw[:4096])
    text, encoding = decode(raw)
    if declared and encoding not in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        # A made-up encoding name: the guess stands.
        with contextlib.suppress(LookupError):
            text = raw.decode(declared.group(1).decode("ascii"), "replace")
    return text_part(html_words(text), limits, sampling)


def looks_like_markdown(text: str) -> bool:
    """Whether text carries at least two Markdown marks (headings, lists, links, fences, bold, tables)."""
    marks = _MARKDOWN.finditer(text[:100_000])
    return next(marks, None) is not None and next(marks, None) is not None


def markdown_words(text: str) -> str:
    """The words of Markdown as it would be shown: marks gone, link addresses gone, code kept."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(clean(text).text)
    return html_words(html)


def html_words(html: str) -> str:
    """The words of HTML that are shown, one line a block."""
    import warnings

    from bs4 import BeautifulSoup, CData, NavigableString, Tag, XMLParsedAsHTMLWarning
    from bs4.element import PreformattedString

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(html.replace("\0", ""), "lxml")
    words: list[str] = []
    # A walk of its own instead of recursion: pages may be nested tens of thousands deep.
    waiting: list[object] = [soup]
    while waiting:
        element = waiting.pop()
        if isinstance(element, Tag):
            if _BLOCKS.fullmatch(element.name):
                words.append("\n")
                waiting.append("\n")
            if not _hidden(element):
                waiting += reversed(element.contents)
        elif isinstance(element, NavigableString):
            if not isinstance(element, PreformattedString) or isinstance(element, CData):
                words.append(re.sub(r"\s+", " ", element))
        else:
            words.append(str(element))
    text = "".join(words)
    return re.sub(r"\s*\n\s*", "\n", re.sub(r" +", " ", text)).strip()


def _hidden(tag: Tag) -> bool:
    if tag.name in _INVISIBLE or tag.has_attr("hidden"):
        return True
    return bool(_UNSHOWN.search(str(tag.get("style", "")))) or (
        tag.name == "input" and str(tag.get("type", "")).lower() == "hidden"
    )


def read_pdf(path: Path, limits: Limits, sampling: Sampling) -> Part:
    """The text layer of a PDF, page by page. Pictures on its pages are not looked at, and a gap says so."""
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError, LimitReachedError

    clock = Clock(limits.seconds)
    texts: list[str] = []
    gaps: list[Gap] = []
    pictures = empty = 0
    with path.open("rb") as file:
        try:
            document = PdfReader(file, strict=False)
            if document.is_encrypted and not document.decrypt(""):
                raise FileNotDecryptedError
            pages = len(document.pages)
            for number, page in enumerate(document.pages):
                if number >= limits.pages or sum(map(len, texts)) > limits.characters:
                    note = f"{pages} pages: only the first {number} were read; split the PDF"
                    gaps.append(lack("too_large", note))
                    break
                clock.check()
                texts.append(page.extract_text() or "")
                drawn = _pictures(page)
                pictures += drawn
                empty += bool(drawn) and not texts[-1].strip()
        except FileNotDecryptedError:
            raise UnreadError("undecodable", "it is locked with a password: unlock it first") from None
        except LimitReachedError as error:
            gaps.append(lack("too_large", f"page {len(texts) + 1} of the PDF unfolds into too much ({error})"))
        except UnreadError as error:
            gaps.append(lack(error.reason, f"from page {len(texts) + 1} on: {error.note}"))
    return _pdf_part("\n\n".join(filter(str.strip, texts)), pictures, empty, gaps, limits, sampling)


def _pdf_part(text: str, pictures: int, empty: int, gaps: list[Gap], limits: Limits, sampling: Sampling) -> Part:
    if not text.strip():
        if gaps:
            return Part((), tuple(gaps))
        note = "the PDF has no text layer: scanned pages are not read; convert its pages to pictures"
        return Part((), (*gaps, lack("unsupported_modality", note)))
    if pictures:
        scanned = f", {empty} pages are nothing but pictures" if empty else ""
        note = f"{pictures} pictures inside the PDF were not looked at{scanned}: convert its pages to pictures"
        gaps.append(lack("unsupported_modality", note))
    found = text_part(text, limits, sampling)
    return Part(found.segments, (*gaps, *found.gaps))


def _pictures(page: object) -> int:
    resources = page.get("/Resources")  # type: ignore[attr-defined]
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    if drawn is None:
        return 0
    objects = [entry.get_object() for entry in drawn.get_object().values()]
    return sum(1 for entry in objects if entry is not None and entry.get("/Subtype") == "/Image")
