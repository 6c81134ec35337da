"""Every process's log: a JSON document a line, with the call it is about and nothing about a person.

Modules log through `logging.getLogger(__name__)`; only what starts a process calls `configure`. Who spoke, in which
team, and what a file was called are personal data and never put into a message. What others wrote reaches the log
through errors, so that errors are logged without what they quote (`diktor.errors.told`), tracebacks too.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger

from diktor.errors import told

FIELDS = ("call_id", "channels", "duration_ms", "operation", "outcome", "release", "status", "windows")
"""What a line may carry beside its message, by `extra={…}`: a name that is not here is left out."""

_FIRST = ("timestamp", "level", "part", "logger", "event", "call_id", "trace_id")


def configure(part: str, form: str = "json") -> None:
    """Log to stderr from now on, as `json` or `console`; `part` is the process's name. Warnings and crashes too."""

    def named(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        return {**line, "part": part}

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ExtraAdder(FIELDS),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                named,
                _traced,
                _with_errors,
                _in_order,
                structlog.processors.JSONRenderer() if form == "json" else _console,
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _crashed


def of_call(call_id: str) -> None:
    """Every line of this task, and of those it starts from now on, is about this call."""
    structlog.contextvars.bind_contextvars(call_id=call_id)


def readable(line: str) -> str:
    """A line of a JSON log for people; any other line as it is."""
    try:
        fields = json.loads(line)
    except ValueError:
        return line
    return _text(fields) if isinstance(fields, dict) and "event" in fields else line


def _console(_: WrappedLogger, __: str, line: EventDict) -> str:
    return _text(dict(line))


def _text(fields: dict[str, Any]) -> str:
    known = {name: fields.pop(name, "") for name in ("timestamp", "level", "part", "logger", "event")}
    errors = fields.pop("exception", [])
    rest = "".join(f" {name}={value}" for name, value in fields.items())
    lines = [f"{known['timestamp']} {str(known['level']).upper()} {known['part']}: {known['event']}{rest}"]
    for error in errors:
        lines += [f"  {error['type']}: {error['message']}", *(f"    {frame}" for frame in error["frames"])]
    return "\n".join(lines)


def _traced(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    return {**line, "trace_id": trace.format_trace_id(context.trace_id)} if context.is_valid else line


def _with_errors(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    error = (line.pop("exc_info", None) or (None, None))[1]
    return line if error is None else {**line, "exception": list(_chain(error))}


def _chain(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The error and what caused it, each with the places it went through, the last one first."""
    while error is not None:
        places = reversed(traceback.extract_tb(error.__traceback__))
        frames = [f"{place.filename}:{place.lineno} {place.name}" for place in places]
        yield {"type": type(error).__name__, "message": told(error), "frames": frames}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _in_order(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    first = {name: line[name] for name in _FIRST if name in line}
    return {**first, **{name: value for name, value in line.items() if name not in first}}


def _crashed(kind: type[BaseException], error: BaseException, trace_: Any) -> None:
    logging.getLogger(__name__).critical("the process ends: %s", kind.__name__, exc_info=(kind, error, trace_))
