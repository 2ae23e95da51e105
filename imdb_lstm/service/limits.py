"""What the service accepts, and the errors that say what it does not."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 4 * 2**20  # of a body
MOST_TEXTS = 256  # of a request
MOST_CHARACTERS = 50_000  # of a text; the longest review of IMDb has 14,000
MOST_NAME = 200  # characters of the name of a run or a class
BODY_SECONDS = 20.0  # that a client may take to send a body
BATCH_TEXTS = 256  # computed together, at most
WINDOW = 0.003  # seconds that an idle worker waits for more texts
RETRY_SECONDS = 1  # what Retry-After says


@dataclass(frozen=True)
class Limits:
    """What an operator may set: texts that may wait, and seconds until an answer."""

    queue: int = 2000
    seconds: float = 30.0
    body_seconds: float = BODY_SECONDS
    window: float = WINDOW
    batch_texts: int = BATCH_TEXTS


class ServiceError(Exception):
    """A request that gets no answer: its status and one line."""

    status = 500

    def __init__(self, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class Invalid(ServiceError):
    """What was sent has the right form, and cannot be answered."""

    status = 422


class QueueFull(ServiceError):
    """More texts wait than may."""

    status = 429


class WorkerLost(ServiceError):
    """Two processes ended while they computed the answer, or none is left."""

    status = 503


class TooLate(ServiceError):
    """The answer was not there in time."""

    status = 504
