"""Structured logs: one JSON object a line, carrying the correlation id of the request or event.

Nothing personal is ever passed to a logger: log identifiers of aggregates, never their contents.
"""

import logging
import sys
from typing import Literal

import structlog
from pydantic_core import to_json

# Without local variables: they hold personal data.
_TRACEBACK_RENDERER = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

# The words of these say where a connection failed. Those of any other exception may quote what
# somebody entered (PostgreSQL shows the failing row, pydantic the input), so they stay out.
_SAFE_EXCEPTIONS = {
    "ClusterChanged",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "FileNotFoundError",
    "GroupAuthorizationFailedError",
    "KafkaConnectionError",
    "PublishingFailed",
    "TimeoutError",
    "TopicAuthorizationFailedError",
}


def _remove_exception_texts(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Removes the texts of exceptions that may quote data; types and places stay."""
    for exception in event.get("exception", ()):
        if exception["exc_type"] not in _SAFE_EXCEPTIONS:
            exception["exc_value"] = "left out"
        for nested_exception in exception["exceptions"]:
            _remove_exception_texts(None, "", {"exception": nested_exception})
    return event


def _to_json(event: object, **_: object) -> str:
    """The event as one line of JSON; unknown types become text."""
    return to_json(event, fallback=str).decode()


def configure_logging(
    service: str, process: str, level: str, log_format: Literal["json", "console"]
) -> None:
    """Sends this process's logs, and its libraries', to standard error in one format."""
    common_processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _build_handler(common_processors, log_format)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These libraries tell at INFO what our own logs tell better.
    for library in ("aiokafka", "apscheduler", "httpx", "uvicorn.access"):
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service, process=process)


def _build_handler(
    common_processors: list[structlog.typing.Processor], log_format: Literal["json", "console"]
) -> logging.Handler:
    """Writes our own and the libraries' logs to standard error in this format."""
    final_processors: list[structlog.typing.Processor] = (
        [
            _TRACEBACK_RENDERER,
            _remove_exception_texts,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common_processors,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *final_processors,
            ],
        )
    )
    return handler


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for a module; call with an event name and key-value pairs."""
    module_logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return module_logger
