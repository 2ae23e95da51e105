"""Errors that are the user's to mend. Each ends the command with one line and its own exit code."""


class UserError(Exception):
    """Something the user can mend: the message says what is wrong, where, and what to do."""

    exit_code = 2


class ConfigError(UserError):
    """An unknown option, or a value out of its range."""

    exit_code = 2


class DivergedError(ConfigError):
    """A training whose loss is no longer a number."""


class DataError(UserError):
    """Reviews that are missing, unreadable or not what they should be."""

    exit_code = 3


class RunError(UserError):
    """A run folder that is missing, damaged, or in the way."""

    exit_code = 4


class OutputError(UserError):
    """Something could not be written: no space, no permission."""

    exit_code = 5


INTERNAL_ERROR = 1
INTERRUPTED = 130
