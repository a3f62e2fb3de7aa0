"""The rubrics a person can choose from, as they are now: those of the package, and one's own.

Knows that own rubrics come, change and go while the pages are open. Refuses to change any.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmjudge.errors import MMJudgeError
from mmjudge.library import Library
from mmjudge.types import Rubric

LOG = logging.getLogger("mmjudge.ui")


class Offered:
    """`given`: the rubrics that stay, the first is chosen where nobody chooses. Own ones are read anew each time."""

    def __init__(self, given: Sequence[Rubric], library: Library) -> None:
        self.library = library
        self.first = given[0].id
        self._given = [rubric for rubric in given if not library.has(rubric.id)]

    def all(self) -> dict[str, Rubric]:
        """By id: the first one, the others that were given, then own ones that can be read."""
        found = {rubric.id: rubric for rubric in self._given}
        found |= self._own()
        return dict(sorted(found.items(), key=lambda entry: entry[0] != self.first))

    def choices(self) -> list[tuple[str, str]]:
        """(title, id) of each."""
        return [(rubric.title, rubric.id) for rubric in self.all().values()]

    def _own(self) -> dict[str, Rubric]:
        found = {}
        for path in sorted(self.library.folder.glob("*.yaml")):
            try:
                if self.library.has(path.stem):
                    found[path.stem] = self.library.read(path.stem).rubric
            except MMJudgeError as error:
                LOG.warning("not offered: %s", error)
        return found
