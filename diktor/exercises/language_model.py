"""A text from any endpoint that speaks OpenAI's chat completions, taken only if it meets the criteria itself."""

import logging
import re
from typing import Any

import httpx
import msgspec

from diktor.exercises.collection import Twister, twister
from diktor.exercises.criteria import meets, share
from diktor.wire.training import Criteria, Difficulty, Sound

TRIES = 2
TIMEOUT_S = 15.0
_LONGEST = 400
_RUSSIAN = re.compile(r"[А-Яа-яЁё\u0301 .,!?:;«»—–-]+")
"""What a text may consist of, in one line."""

_ASKED: dict[Sound, str] = {
    "r": "звук [р] не меньше чем в {share:.0%} слов",
    "g": "звук [г] (не оглушённый) не меньше чем в {share:.0%} слов",
    "openings": "не меньше {share:.0%} слов начинаются с п, б, т, д, к или г",
}
_HARDNESS: dict[Difficulty, str] = {
    "easy": "простая: почти без стечений согласных",
    "medium": "средней трудности: со стечениями согласных",
    "hard": "трудная: много стечений согласных, чередуются похожие звуки (р и л, с и ш)",
}

logger = logging.getLogger(__name__)


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Answer(msgspec.Struct):
    """What is read of the answer; the rest is not looked at."""

    choices: list[_Choice]


class LanguageModel:
    """An endpoint: the address up to `/chat/completions`, a key if it wants one, the name of a model."""

    def __init__(self, url: str, key: str, model: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._model, self._timeout = model, timeout_s

    async def compose(self, criteria: Criteria) -> Twister | None:
        """A text that meets the criteria; None if it gave none in two tries or is away, which the log says."""
        async with httpx.AsyncClient(headers=self._headers, timeout=self._timeout) as client:
            for attempt in range(TRIES):
                try:
                    found = await self._asked(client, criteria)
                except (httpx.HTTPError, msgspec.DecodeError) as error:
                    logger.warning("the language model gave no exercise: %s", type(error).__name__)
                    return None
                if found is not None:
                    return found
                logger.info("text %d of the language model does not meet the criteria", attempt + 1)
        return None

    async def _asked(self, client: httpx.AsyncClient, criteria: Criteria) -> Twister | None:
        body: dict[str, Any] = {"model": self._model, "messages": [{"role": "user", "content": prompt(criteria)}]}
        answer = await client.post(self._url, json=body)
        answer.raise_for_status()
        choices = msgspec.json.decode(answer.content, type=_Answer).choices
        text = choices[0].message.content.strip().strip('«»"“”') if choices else ""
        if not _RUSSIAN.fullmatch(text) or len(text) > _LONGEST:
            return None
        found = twister(text, "model")
        return found if meets(criteria, found.features) else None


def prompt(criteria: Criteria) -> str:
    """What is asked for, in Russian."""
    wanted = [f"от {criteria.min_words} до {criteria.max_words} слов"]
    wanted += [_ASKED[sound].format(share=share(criteria, sound)) for sound in sorted(criteria.sounds)]
    if criteria.difficulty:
        wanted.append(_HARDNESS[criteria.difficulty])
    return (
        "Придумай одну осмысленную русскую скороговорку. Требования: "
        + "; ".join(wanted)
        + ". Ответь только её текстом, одной строкой, кириллицей, без цифр и пояснений."
    )
