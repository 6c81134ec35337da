"""The Faust application: the settings that lose nothing, the agent, rebalancing, the worker's own pages."""

import os
import signal
from pathlib import Path
from typing import Any

import faust

from diktor.errors import told
from diktor.settings import Settings
from services.scorer.faust_fixes import set_fetch_wait
from services.scorer.pages import add_pages
from services.scorer.worker import Worker


def build(settings: Settings) -> faust.App:
    """The application; run it with `faust.Worker`."""
    set_fetch_wait(settings.kafka_fetch_wait_ms)
    folder = Path(settings.home) / "scorer" / str(settings.scorer_port)
    folder.mkdir(parents=True, exist_ok=True)  # Faust makes the last folder only
    app = faust.App(
        settings.group,
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        value_serializer="raw",
        key_serializer="raw",
        store="memory://",
        datadir=folder,
        topic_partitions=settings.partitions,
        topic_disable_leader=True,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=15.0,
        broker_commit_interval=1.0,
        broker_max_poll_records=256,
        stream_buffer_maxsize=256,
        stream_wait_empty=False,
        consumer_max_fetch_size=8 * 2**20,
        consumer_auto_offset_reset="earliest",
        web_bind="127.0.0.1",
        web_port=settings.scorer_port,
    )
    topic = app.topic(settings.topic_audio, key_serializer="raw", value_serializer="raw")
    workers: list[Worker] = []

    def fail(error: BaseException) -> None:
        """A bug, not a fault of the outside: stop at once; nothing is acknowledged, the next start replays."""
        app.log.critical("the scorer stops: %s", told(error), exc_info=error)
        os.kill(os.getpid(), signal.SIGKILL)

    @app.agent(topic)
    async def score_calls(stream: Any) -> None:
        worker = await Worker.started(settings, fail)
        workers[:] = [worker]
        worker.assigned(tp.partition for tp in app.consumer.assignment() if tp.topic == settings.topic_audio)
        try:
            async for event in stream.noack().events():
                if event.message.generation_id == app.consumer_generation_id:
                    await worker.receive(event)
        finally:
            workers.clear()
            await worker.stop()

    @app.on_partitions_revoked.connect
    async def revoked(_app: Any, partitions: Any, **_: Any) -> None:
        for worker in workers:
            await worker.revoke(list(worker.partitions))

    @app.on_partitions_assigned.connect
    async def assigned(_app: Any, partitions: Any, **_: Any) -> None:
        for worker in workers:
            await worker.revoke(list(worker.partitions))
            worker.assigned(tp.partition for tp in partitions if tp.topic == settings.topic_audio)

    add_pages(app, workers)
    return app
