"""What stands before the application: token, size and time of a body, errors, log and metrics."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from imdb_lstm.service.limits import MOST_BYTES, Limits
from imdb_lstm.service.logs import log, place_of
from imdb_lstm.service.metrics import Metrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_PATHS = ("/healthz", "/readyz")  # without a token
MOST_DISCARDED = 16 * MOST_BYTES  # read of a body that is too large, so that its sender reads 413
UNKNOWN_PATH = "other"  # in logs and metrics: a path may hold anything
LONGEST_MESSAGE = 300


class Disconnected(Exception):
    """The client is gone before it has sent its body."""


@dataclass
class Answered:
    """The status of an answer, 0 as long as there is none, and the bytes of the body."""

    status: int = 0
    body_bytes: int = 0


class Guard:
    """An ASGI application around another one."""

    def __init__(
        self, app: Application, paths: set[str], limits: Limits, metrics: Metrics, token: str = ""
    ) -> None:
        self.app, self.paths, self.limits = app, paths, limits
        self.metrics, self._token = metrics, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        answered = Answered()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            await self._answer(scope, receive, sending, answered)
        except Disconnected:
            answered.status = answered.status or 499  # in logs: nobody is there to read it
        except Exception as error:
            log("error", level="error", error=type(error).__name__, place=place_of(error))
            if not answered.status:
                await problem(sending, 500, "internal error")
        self._tell(scope, answered, time.monotonic() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, answered: Answered) -> None:
        if self._token and scope["path"] not in OPEN_PATHS and not self._allowed(scope):
            challenge = {"WWW-Authenticate": "Bearer", "Connection": "close"}
            await problem(send, 401, "a bearer token is needed", challenge)
            return
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                body = await read_body(receive)
        except TimeoutError:
            close = {"Connection": "close"}
            await problem(send, 408, f"no body within {self.limits.body_seconds:g} seconds", close)
            return
        if body is None:
            close = {"Connection": "close"}
            await problem(send, 413, f"the body has more than {MOST_BYTES:,} bytes", close)
            return
        answered.body_bytes = len(body)
        await self.app(scope, replayed(body, receive), send)

    def _allowed(self, scope: Scope) -> bool:
        """Whether a request has the token; the time this takes does not depend on it."""
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = given.partition(b" ")
        return hmac.compare_digest(token.strip(), self._token) and scheme.lower() == b"bearer"

    def _tell(self, scope: Scope, answered: Answered, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self.paths else UNKNOWN_PATH
        self.metrics.answered(path, answered.status, seconds)
        log(
            "request",
            method=scope["method"] if scope["method"] in ("GET", "POST", "HEAD") else UNKNOWN_PATH,
            path=path,
            status=answered.status,
            milliseconds=round(1000 * seconds, 1),
            body_bytes=answered.body_bytes,
            **scope.get("state", {}).get("told", {}),
        )


async def read_body(receive: Receive) -> bytes | None:
    """Read a body; None for one that is too large. Raises ``Disconnected``."""
    parts: list[bytes] = []
    size = 0
    while size <= MOST_DISCARDED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts) if size <= MOST_BYTES else None
    return None


def replayed(body: bytes, receive: Receive) -> Receive:
    """What gives the application a body that has been read."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


async def problem(
    send: Send, status: int, message: str, headers: dict[str, str] | None = None
) -> None:
    """Send an error as JSON."""
    body = problem_body(message)
    found = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    encoded = [(name.lower().encode(), value.encode()) for name, value in found.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def problem_body(message: str) -> bytes:
    """Return an error as JSON: one line of bounded length, in ASCII.

    >>> problem_body("no such run")
    b'{"error": "no such run"}'
    """
    return json.dumps({"error": " ".join(message.split())[:LONGEST_MESSAGE]}).encode()
