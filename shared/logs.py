"""Structured logs: one JSON object a line, carrying the correlation id of the request or event.

Nothing personal is ever passed to a logger: log identifiers of aggregates, never their contents.
"""

import logging
import sys
from typing import Literal

import structlog
from pydantic_core import to_json

# Without local variables: they hold personal data.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

# The words of these say where a connection failed. Those of any other exception may quote what
# somebody entered (PostgreSQL shows the failing row, pydantic the input), so they stay out.
_QUOTES_NOBODY = {
    "ClusterChanged",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "FileNotFoundError",
    "KafkaConnectionError",
    "PublishingFailed",
    "TimeoutError",
}


def _without_quotes(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Leaves of exceptions their types and where they were raised."""
    for exception in event.get("exception", ()):
        if exception["exc_type"] not in _QUOTES_NOBODY:
            exception["exc_value"] = "left out"
        for part in exception["exceptions"]:
            _without_quotes(None, "", {"exception": part})
    return event


def _json(event: object, **_: object) -> str:
    """One line. What JSON does not know is written as text."""
    return to_json(event, fallback=str).decode()


def configure(service: str, process: str, level: str, form: Literal["json", "console"]) -> None:
    """Sends this process's logs, and its libraries', to standard error in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[structlog.typing.Processor] = (
        [_TRACEBACKS, _without_quotes, structlog.processors.JSONRenderer(serializer=_json)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These libraries tell at INFO what our own logs tell better.
    for noisy in ("aiokafka", "apscheduler", "httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service, process=process)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for a module; call with an event name and key-value pairs."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
