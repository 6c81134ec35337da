"""Whether a part really serves: asked the way its users ask it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from deploy.embedded.golden import golden
from deploy.embedded.home import Home
from diktor.errors import DiktorError, UnavailableError
from diktor.pipeline.airflow import Airflow
from diktor.releases.golden import check_served
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.connection import connect, translated

Check = Callable[[Settings, Home, str], Awaitable[None]]


async def broker(settings: Settings, home: Home, name: str) -> None:
    """The broker knows itself, and the topics are there."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, request_timeout_ms=3000, enable_idempotence=False)
    try:
        await producer.start()
    except (KafkaError, OSError) as error:
        raise UnavailableError(f"the broker does not answer: {error!r}") from error
    finally:
        await producer.stop()


async def topics(settings: Settings) -> bool:
    """Create the topics that are missing; whether any was."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        known = set(await admin.list_topics())
        wanted = {settings.topic_audio: settings.partitions, settings.topic_scores: 1, settings.topic_dead_letters: 1}
        missing = [NewTopic(name, n, settings.replication) for name, n in wanted.items() if name not in known]
        if missing:
            with contextlib.suppress(TopicAlreadyExistsError):
                await admin.create_topics(missing)
        return bool(missing)
    finally:
        await admin.close()


async def clickhouse(settings: Settings, home: Home, name: str) -> None:
    """The engine answers a query."""
    client = await connect(settings, "default")
    try:
        with translated(settings):
            await client.query("SELECT 1")
    finally:
        await client.close()


async def triton(settings: Settings, home: Home, name: str) -> None:
    """A golden window comes back as this CPU computes it in process."""
    release, pcm, expected = golden(settings, home)
    async with Triton(settings.triton, 10.0) as client:
        scores = await client.score(release, pcm)
    check_served(scores.probability[None], expected[None])


async def web(settings: Settings, home: Home, name: str) -> None:
    """A service says it is healthy."""
    port, path = home.ports[name.replace("-", "_")], "/health/ready" if name == "api" else "/health"
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}{path}", timeout=5)
    except httpx.HTTPError as error:
        raise UnavailableError(f"{name} is not healthy: {error!r}") from error
    if not answer.is_success:
        why = answer.json().get("halted") or f"it answers {answer.status_code}"
        raise UnavailableError(f"{name} is not healthy: {why}")


async def airflow(settings: Settings, home: Home, name: str) -> None:
    """Airflow says that the part is healthy; its DAGs are there."""
    part = {"airflow-api": "metadatabase", "airflow-scheduler": "scheduler", "airflow-dags": "dag_processor"}[name]

    def ask() -> str:
        with Airflow(settings, 5) as session:
            health = session.health().get(part)
            if health != "healthy":
                return f"{part} is {health}"
            if name == "airflow-api" and not session.serves_tasks():
                return "what tasks speak with does not answer"
            return "" if name != "airflow-dags" or session.dags() else "no DAG has been read yet"

    if problem := await asyncio.to_thread(ask):
        raise UnavailableError(problem)


async def nothing(settings: Settings, home: Home, name: str) -> None:
    """A part that serves nobody is ready when it runs."""


def check_of(name: str) -> Check:
    """The check of a part."""
    if name.startswith("scorer-") or name in ("ingest", "api"):
        return web
    if name.startswith("airflow-"):
        return airflow
    return {"broker": broker, "clickhouse": clickhouse, "triton": triton}.get(name, nothing)


async def is_ready(settings: Settings, home: Home, name: str, seconds: float = 10) -> str:
    """Empty when the part serves, else why not."""
    try:
        async with asyncio.timeout(seconds):
            await check_of(name)(settings, home, name)
    except (DiktorError, KafkaError, OSError, TimeoutError) as error:
        return str(error) or repr(error)
    return ""
