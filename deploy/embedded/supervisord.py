"""`python -m deploy.embedded.supervisord`: supervisord, but a full disk does not make it deaf.

supervisord reads what its parts print and writes it to their logs. When that fails it prints why to its own log, and
when this fails too the part's log stays silent for good. Here a line that finds no room is lost, and the next is tried.
"""

from typing import Any

from supervisor import loggers, supervisord

_emit = loggers.RotatingFileHandler.emit


def _emit_or_lose(handler: Any, record: Any) -> None:
    try:
        _emit(handler, record)
    except OSError:  # while the file was changed for a new one
        handler.reopen()


def main() -> None:
    """Become supervisord; the arguments are its own."""
    loggers.Handler.handleError = lambda handler: None
    loggers.RotatingFileHandler.emit = _emit_or_lose
    supervisord.main()


if __name__ == "__main__":
    main()
