"""Log lines as JSON, one an event, on standard error."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from typing_extensions import override

_OURS = ("hub", "schema")
_FIELDS = ("id", "method", "path", "status", "ms", "error", "sqlstate", "place")
_MARK = "hub-json"


class JsonFormatter(logging.Formatter):
    """A record as one JSON object; only fields known to hold no personal data."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        return json.dumps(line)


def configure() -> None:
    """Send the log of our packages to standard error as JSON; safe to call again.

    What no line of ours says is not looked up for every line either: the library's documented
    switches for the whole process.
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    for name in _OURS:
        logger = logging.getLogger(name)
        if any(handler.name == _MARK for handler in logger.handlers):
            continue
        handler = logging.StreamHandler()
        handler.name = _MARK
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
