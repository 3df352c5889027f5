"""What the service writes down: one line an event, as JSON where no person reads along, without secrets."""

import logging.config
import sys
from functools import cache
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import Processor

from api.server.redaction import redacted

LEVELS = ("debug", "info", "warning", "error")
QUIET = ("alembic", "httpx", "httpcore", "asyncio", "sqlalchemy")
"""Libraries whose doings are nobody's concern unless they go wrong."""


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Write to a stream, standard error if none is named, from that level on: our own events and those of libraries."""
    out = stream or sys.stderr
    structlog.configure(
        processors=_processors(out.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(server_logging(level))


def server_logging(level: str) -> dict[str, Any]:
    """The same for the standard library's logging, which the web server and libraries write to."""
    ours = {"handlers": ["lines"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "api.server.logs.line_formatter"}},
        "handlers": {
            "lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"},
        },
        "loggers": {
            "_granian": {**ours, "level": level.upper()},
            **{name: {"level": "WARNING"} for name in QUIET},
        },
        "root": {"handlers": ["lines"], "level": "WARNING"},
    }


def line_formatter() -> logging.Formatter:
    """Writes what libraries log in the form of our own events."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_processors(sys.stderr.isatty())],
        foreign_pre_chain=[structlog.stdlib.add_log_level],
    )


@cache
def _processors(for_people: bool) -> list[Processor]:
    begin: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    if for_people:
        # The library's own tracebacks show the values of variables, and keys are among them.
        plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        return [*begin, plain, _redact]
    return [*begin, structlog.processors.format_exc_info, _as_json, _redact]


def _as_json(_logger: Any, _name: str, event: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _redact(_logger: Any, _name: str, line: Any) -> str:
    return redacted(line)
