"""Structured logs: one JSON object a line, on standard error, without texts of requests."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOGGER = "imdb_lstm.service"


class JsonLines(logging.Formatter):
    """Formats a record as JSON: time, level, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line. Of an error only its type and place, since its message may quote."""
        found = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": " ".join(record.getMessage().split()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and (error := record.exc_info[1]):
            found |= {"error": type(error).__name__, "place": place_of(error)}
        return json.dumps(found)


def log(event: str, level: str = "info", **fields: Any) -> None:
    """Log an event with its fields."""
    number = getattr(logging, level.upper())
    logging.getLogger(LOGGER).log(number, event, extra={"fields": fields})


def log_as_json() -> None:
    """Send what the service and its server log to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in ((LOGGER, logging.INFO), ("uvicorn", logging.WARNING), ("asyncio", 30)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


def place_of(error: BaseException) -> str:
    """Return module and line where an error was raised, and nothing of its message.

    >>> place_of(ValueError("not raised"))
    'unknown'
    """
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"
