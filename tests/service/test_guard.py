"""The guard: token, size and time of a body, and errors that say nothing of what was sent."""

import asyncio
import json
import logging

import pytest

from imdb_lstm.service.guard import MOST_DISCARDED, Guard, problem_body
from imdb_lstm.service.limits import MOST_BYTES, Limits
from imdb_lstm.service.logs import JsonLines
from imdb_lstm.service.metrics import Metrics

PIECE = 2**20


async def echo(scope, receive, send):
    """Answer with the length of the body."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


async def failing(scope, receive, send):
    raise ValueError("secret words of a text")


def ask(app=echo, parts=(b"",), path="/v1/predict", headers=(), token="", wait=0.0):
    """Send a body in parts; return status, body, headers, and how many parts were read."""
    sent, remaining = [], list(parts)

    async def receive():
        await asyncio.sleep(wait)
        part = remaining.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(remaining)}

    async def send(message):
        sent.append(message)

    guard = Guard(app, {"/v1/predict"}, Limits(body_seconds=0.05), Metrics(), token)
    scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers)}
    asyncio.run(guard(scope, receive, send))
    if not sent:
        return None, b"", {}, len(parts) - len(remaining)
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"]), len(parts) - len(remaining)


def test_a_body_reaches_the_application_whole():
    assert ask(parts=[b"abc", b"", b"de"])[:2] == (200, b"5")


def test_a_body_that_is_too_large_is_413_and_read_only_so_far():
    status, body, _, read = ask(parts=[b"x" * PIECE] * (MOST_BYTES // PIECE + 1))
    assert status == 413 and b"bytes" in body and read == MOST_BYTES // PIECE + 1
    many = MOST_DISCARDED // PIECE + 9
    assert ask(parts=[b"x" * PIECE] * many)[3] < many
    assert ask(parts=[b"x" * PIECE] * (MOST_BYTES // PIECE))[0] == 200


def test_a_client_that_is_too_slow_is_408_and_one_that_is_gone_gets_nothing():
    assert ask(parts=[b"x"] * 9, wait=0.02)[0] == 408
    assert ask(parts=[b"x", None])[0] is None


@pytest.mark.parametrize(
    ("given", "status"),
    [(None, 401), (b"", 401), (b"Bearer", 401), (b"Bearer wrong", 401), (b"Basic right", 401),
     (b"right", 401), (b"Bearer right", 200), (b"bearer  right", 200), (b"Bearer \xff", 401)],
)  # fmt: skip
def test_a_token_is_needed_where_there_is_one(given, status):
    headers = [] if given is None else [(b"authorization", given)]
    found, _, answered, _ = ask(headers=headers, token="right")
    assert found == status
    assert (b"www-authenticate" in answered) == (status == 401)


def test_health_needs_no_token():
    assert ask(path="/healthz", token="right")[0] == 200


def test_an_error_of_the_application_is_a_500_and_its_message_is_nowhere(caplog):
    with caplog.at_level(logging.INFO, "imdb_lstm.service"):
        logging.getLogger("imdb_lstm.service").propagate = True
        status, body, _, _ = ask(app=failing)
    assert status == 500 and json.loads(body) == {"error": "internal error"}
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any("ValueError" in line and "test_guard, line" in line for line in lines)
    assert not any("secret" in line for line in lines)


def test_a_path_that_is_no_path_of_the_application_is_not_logged(caplog):
    with caplog.at_level(logging.INFO, "imdb_lstm.service"):
        logging.getLogger("imdb_lstm.service").propagate = True
        ask(path="/my secret")
    assert caplog.records and "secret" not in JsonLines().format(caplog.records[-1])


def test_a_problem_is_one_line_of_ascii():
    body = problem_body("half \ud800 of\na pair " + "x" * 1000)
    assert body.isascii() and b"\n" not in body and len(json.loads(body)["error"]) == 300
