"""`python -m deploy.embedded.clickhouse --path DIR --port N`, the token in `DIKTOR_CLICKHOUSE_TOKEN`."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import click
from aiohttp import web

from deploy.embedded.clickhouse.engine import Engine
from deploy.embedded.clickhouse.server import application
from diktor import logs
from diktor.errors import StackError
from diktor.settings import Settings

log = logging.getLogger(__name__)

TOKEN = "DIKTOR_CLICKHOUSE_TOKEN"


@click.command()
@click.option("--path", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--port", type=click.IntRange(1, 65535), required=True)
def main(path: Path, port: int) -> None:
    """Serve the folder on loopback until SIGTERM."""
    logs.configure("clickhouse", Settings.load().log_format)
    token = os.environ.get(TOKEN, "")
    if not token:
        sys.exit(f"{TOKEN} is not set: the engine is not served without a token")
    path.mkdir(parents=True, exist_ok=True)
    try:
        engine = Engine(path.resolve())
    except StackError as error:
        sys.exit(str(error))
    log.info("ClickHouse %s serves", engine.version)
    try:
        asyncio.run(serve(application(engine, token), port))
    except OSError as error:
        sys.exit(f"port {port} cannot be used: {error.strerror}. End the process that has it, or choose another port")
    finally:
        engine.close()


async def serve(app: web.Application, port: int) -> None:
    """Until SIGTERM. Bodies are left as they came: undoing their compression is ours, not aiohttp's."""
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


main()
