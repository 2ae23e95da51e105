"""Errors that a user can fix. Each ends the command with one line and its own exit code."""


class UserError(Exception):
    """An error that the user can fix: the message says what is wrong, where, and what to do."""

    exit_code = 2


class ConfigError(UserError):
    """An option is unknown, or a value is out of its range."""

    exit_code = 2


class DivergedError(ConfigError):
    """The loss of a training is no longer a number."""


class DataError(UserError):
    """Reviews are missing, unreadable or invalid."""

    exit_code = 3


class RunError(UserError):
    """A run folder is missing, damaged, or in the way."""

    exit_code = 4


class OutputError(UserError):
    """Something could not be written: no space, no permission."""

    exit_code = 5


INTERNAL_ERROR = 1
SOME_REJECTED = 6  # all is written but some rows, which cannot be read
INTERRUPTED = 130
