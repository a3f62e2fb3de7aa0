"""The errors people see. Few, and each message says what to do.

A missing answer about an item is not an error but a value (`types.Gap`, `types.Missing`): these are for what stops
the work itself.
"""


class MMJudgeError(Exception):
    """Base of all errors mmjudge raises on purpose."""


class RubricError(MMJudgeError):
    """A rubric or policy file is not what it must be; the message names the file, the rule and the fix."""


class MediaError(MMJudgeError):
    """A path that was asked for is not there or cannot be opened at all."""


class BackendError(MMJudgeError):
    """A model, codec or server is absent or refused; the message says which, and how to get it."""


class StoreError(MMJudgeError):
    """The database cannot be opened, is newer than this program, or refused a write."""


class AnsweredError(StoreError):
    """An answer to a task that its rater has answered before, or to its questions before the rest."""


class ExchangeError(MMJudgeError):
    """A file to import, or one to export to, is not what it must be; the message names the file and the line."""
