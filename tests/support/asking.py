"""Somebody who asks the API one thing after another while parts come and go, and remembers every answer."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import httpx

AWAY = 503


class Question(NamedTuple):
    """A request, the parts without which it cannot be answered, and the status of a good answer."""

    name: str
    ask: Callable[[httpx.Client], httpx.Response]
    needs: tuple[str, ...] = ("sql",)
    good: int = 200


class Answer(NamedTuple):
    """What came, and what was away when it was asked for: None, when something went or came meanwhile."""

    question: Question
    away: str | None
    status: int
    retry_after: str
    body: str

    @property
    def served(self) -> bool:
        """A good answer."""
        return self.status == self.question.good

    @property
    def wrong(self) -> bool:
        """Neither what was asked for nor, where a part can be missing, when to come again."""
        excused = self.status == AWAY and self.retry_after.isdigit()
        if self.away is None:
            return not (self.served or (excused and bool(self.question.needs)))
        return not (excused if self.away in self.question.needs else self.served)


class Asking:
    """Asks all of the questions in turn until its end, without patience; `away` says what is."""

    def __init__(self, url: str, token: str, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120)
        self._state: str | None = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answers: list[Answer] = []

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def away(self, part: str | None) -> None:
        """From now on: a part by name; empty: none; None: something is going or coming."""
        self._state = part

    def rounds(self, away: str) -> int:
        """How often every question was asked in full while that was away."""
        asked = [answer.question for answer in self.answers if answer.away == away]
        return min(asked.count(question) for question in self._questions)

    def wrong(self) -> list[str]:
        """Answers that nobody should get, in words."""
        return [
            f"{answer.question.name}, away {answer.away!r}: {answer.status} {answer.body[:300]}"
            for answer in self.answers
            if answer.wrong
        ]

    def _run(self) -> None:
        for question in self._forever():
            before = self._state
            try:
                answer = question.ask(self._client)
                said = (answer.status_code, answer.headers.get("Retry-After", ""), answer.text)
            except httpx.HTTPError as error:
                said = (0, "", repr(error))
            self.answers.append(Answer(question, before if before == self._state else None, *said))

    def _forever(self) -> Iterator[Question]:
        while not self._over.is_set():
            for question in self._questions:
                if self._over.wait(0.05):
                    return
                yield question
