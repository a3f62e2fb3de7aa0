"""Import and export of items and labels: one file per format. Refuses to decode media and to compute figures.

Every format reads a file as a stream of `Given` (an item) and `Said` (a label), and writes such a stream; the store is
never seen here. `exchange` joins the two.
"""

from mmjudge.formats.entries import Bundle, Given, Meant, Said, Word
from mmjudge.formats.kinds import FORMATS, format_of

__all__ = ["FORMATS", "Bundle", "Given", "Meant", "Said", "Word", "format_of"]
