"""What the API refuses, as an error."""

import httpx
import msgspec

from diktor.errors import DiktorError
from diktor.wire import Problem


class ApiError(DiktorError):
    """The API answered with a problem (RFC 9457): `problem` is all of it, `status` its HTTP status."""

    def __init__(self, problem: Problem) -> None:
        faults = f" ({'; '.join(problem.errors)})" if problem.errors else ""
        super().__init__(f"{problem.detail or problem.title}{faults}", problem.remedy)
        self.problem = problem
        self.status = problem.status


def of_response(response: httpx.Response) -> ApiError:
    """The problem in a response that was read; what is no problem document (a proxy's page) is named by its status."""
    try:
        return ApiError(msgspec.json.decode(response.content, type=Problem))
    except msgspec.MsgspecError:
        known = response.reason_phrase
        return ApiError(Problem(title=known, status=response.status_code, detail=f"{response.status_code} {known}"))
