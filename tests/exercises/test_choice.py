"""Where an exercise comes from, and a language model that answers well, badly or not at all."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web

from diktor.exercises.choice import choose
from diktor.exercises.collection import collection
from diktor.exercises.criteria import meets
from diktor.exercises.language_model import LanguageModel
from diktor.wire.training import Criteria

WANTED = Criteria(sounds=frozenset(["r"]), difficulty="hard", max_words=12)
GOOD = "Карл крал кларнет у грубого Кларка."

Ask = Callable[[dict[str, object]], web.Response]


@asynccontextmanager
async def endpoint(answer: Ask) -> AsyncIterator[tuple[str, list[dict[str, object]]]]:
    """A server with OpenAI's path and a record of what it was sent."""
    asked: list[dict[str, object]] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        asked.append(await request.json())
        return answer(asked[-1])

    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", asked
    finally:
        await runner.cleanup()


def says(*texts: str) -> Ask:
    """Answers of a server, the last one again and again; more fields than are read, as real ones have."""
    left: Iterator[str] = iter(texts)
    last = texts[-1]
    return lambda _: web.json_response(
        {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": next(left, last)}}]}
    )


async def test_a_text_of_the_model_that_meets_the_criteria_is_given() -> None:
    async with endpoint(says(f"«{GOOD}»")) as (url, asked):
        found = await choose(WANTED, set(), 1, LanguageModel(url, "secret", "small"))
    assert (found.text, found.origin) == (GOOD, "model")
    assert asked[0]["model"] == "small"
    assert "от 3 до 12 слов" in str(asked[0]["messages"])


async def test_the_model_may_try_twice() -> None:
    async with endpoint(says("Мама мыла Милу.", GOOD)) as (url, asked):
        found = await choose(WANTED, set(), 1, LanguageModel(url, "secret", "small"))
    assert (found.text, len(asked)) == (GOOD, 2)


@pytest.mark.parametrize(
    "answer",
    [
        says("Мама мыла Милу."),
        says("Карл крал corals y Klary три раза."),
        says(f"{GOOD}\nЭто скороговорка про Карла."),
        says(""),
        lambda _: web.json_response({"choices": []}),
        lambda _: web.json_response({"error": "quota"}, status=429),
        lambda _: web.Response(body=b"<html>"),
    ],
    ids=["other criteria", "Latin letters", "explanations", "nothing", "no choices", "refused", "no JSON"],
)
async def test_what_does_not_meet_the_criteria_is_never_given(answer: Ask) -> None:
    async with endpoint(answer) as (url, asked):
        found = await choose(WANTED, set(), 1, LanguageModel(url, "secret", "small"))
    assert found in collection()
    assert meets(WANTED, found.features)
    assert 1 <= len(asked) <= 2


async def test_without_the_endpoint_the_collection_serves() -> None:
    found = await choose(WANTED, set(), 1, LanguageModel("http://127.0.0.1:9", "secret", "small", timeout_s=2))
    assert found in collection()


async def test_unseen_texts_of_the_collection_come_first_and_made_ones_after() -> None:
    seen: set[str] = set()
    fitting = [item for item in collection() if meets(WANTED, item.features)]
    for number in range(len(fitting)):
        found = await choose(WANTED, seen, number)
        assert found.origin in ("folklore", "own")
        assert found.key not in seen
        seen.add(found.key)
    made = await choose(WANTED, seen, 7)
    assert made.origin == "generated"
    assert meets(WANTED, made.features)
    assert await choose(WANTED, {*seen, made.key}, 7) != made


def test_criteria_travel_as_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(WANTED), type=Criteria) == WANTED
