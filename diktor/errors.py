"""Every error Diktor raises on purpose: what went wrong, and what to do about it."""

import re

_QUOTED = re.compile(r"""['"].*['"]""", re.DOTALL)


class DiktorError(Exception):
    """The base of all: `cause` says what is wrong, `remedy` what to do; `str()` gives both."""

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(f"{cause}. {remedy}" if remedy else cause)
        self.cause = cause
        self.remedy = remedy


class ContractError(DiktorError):
    """An event that breaks the contract on Kafka: it can never be scored and becomes a dead letter."""


class AudioError(DiktorError):
    """Bytes that are not audio we can decode, or audio outside the limits."""


class ReleaseError(DiktorError):
    """A release that is missing, damaged or unlike what its document says."""


class UnavailableError(DiktorError):
    """A part of the system that is away for now: worth trying again."""


class ScoringError(DiktorError):
    """Triton answered, and the answer cannot be used: not a number, or of another shape."""


class StoreError(DiktorError):
    """ClickHouse refused what it was asked; asking again gives the same answer."""


class QueryError(DiktorError):
    """A question to the store that makes no sense as it was put."""


class StackError(DiktorError):
    """A part of the embedded stack did not start or did not stay up."""


class PipelineError(DiktorError):
    """Airflow refused what it was asked, or was asked for what it does not have."""


class SettingsError(DiktorError):
    """A setting that cannot be used as it stands."""


def told(error: BaseException) -> str:
    """What an error says, for the log: without what it quotes, which others wrote and which may be about a person.

    Everything from the first quotation mark to the last one is left out; of the operating system's errors the file.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return _QUOTED.sub("…", error.cause if isinstance(error, DiktorError) else str(error))
