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


def one_line(message: object, most: int = 300) -> str:
    r"""Return a message as one line of printable characters, at most this many of them.

    What is quoted from a file may have any: a control character is written as its escape.

    >>> print(one_line("a\n  b \x1b[2J"))
    a b \x1b[2J
    """
    text = " ".join(str(message).split())[: most + 1]
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


INTERNAL_ERROR = 1
SOME_REJECTED = 6  # all is written but some rows, which cannot be read
INTERRUPTED = 130
