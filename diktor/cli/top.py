"""`diktor top`: what goes through the stream now, from the parts' own metrics."""

import asyncio
import json
import sys
import time
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from deploy.embedded.stack import Stack
from deploy.embedded.supervisor import State
from diktor.cli.tables import calls_table, wide_console
from diktor.cli.top_metrics import Sample, quantile, rate, sampled
from diktor.errors import DiktorError
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store

CALLS = 8
"""The newest calls below the figures."""


@click.command()
@click.option("--every", type=click.FloatRange(0.2, 60), default=2.0, show_default=True, help="Seconds between looks.")
@click.option("--once", is_flag=True, help="Two looks, one report.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one report as a JSON document.")
def top(every: float, once: bool, as_json: bool) -> None:
    """Windows per second, lag, what waits, what failed, and the newest calls; live until Ctrl-C."""
    stack = Stack.existing(Settings.load().home)
    console, before = wide_console(), look(stack)
    if once or as_json or not console.is_terminal:
        time.sleep(every)
        found = report(before, look(stack))
        if as_json:
            sys.stdout.write(json.dumps(found) + "\n")
        else:
            console.print(shown(found, asyncio.run(newest(stack.settings))))
        return
    _live(stack, console, every, before)


def _live(stack: Stack, console: Console, every: float, before: dict[str, Sample]) -> None:
    with Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(every)
                now = look(stack)
                live.update(shown(report(before, now), asyncio.run(newest(stack.settings))), refresh=True)
                before = now
        except KeyboardInterrupt:
            return


def look(stack: Stack) -> dict[str, Sample]:
    """What every running part says of itself now, by part."""
    states = {state.name: state for state in stack.supervisor.states()}
    return {name: sampled(url) for name, url in addresses(stack, states).items()}


def addresses(stack: Stack, states: dict[str, State]) -> dict[str, str]:
    """Where each running part's metrics are."""
    ports = stack.home.ports
    port_of = {name: name.replace("-", "_") for name in states if name.startswith("scorer-")}
    port_of |= {name: name for name in ("ingest", "api", "clickhouse", "watchdog")} | {"triton": "triton_metrics"}
    return {name: f"http://127.0.0.1:{ports[port]}/metrics" for name, port in port_of.items() if name in states}


def report(before: dict[str, Sample], now: dict[str, Sample]) -> dict[str, Any]:
    """The figures between two looks; a part that does not answer has none."""
    scorers = {
        name: {
            "windows_per_s": round(rate(before.get(name), sample, "diktor_scorer_windows_total"), 2),
            "lag_s": round(sample.largest("diktor_scorer_lag_seconds"), 1),
            "p95_s": round(quantile(before.get(name), sample, "diktor_scorer_window_seconds", 0.95), 3),
            "waiting": int(sample.total("diktor_scorer_windows_waiting")),
            "in_flight": int(sample.total("diktor_scorer_windows_in_flight")),
            "open_calls": int(sample.total("diktor_scorer_open_calls")),
            "retries": int(sample.total("diktor_scorer_retries_total")),
            "dead_letters": int(sample.total("diktor_scorer_dead_letters_total")),
            "halted": bool(sample.total("diktor_scorer_halted")),
        }
        for name, sample in now.items()
        if name.startswith("scorer-") and sample
    }
    ingest, store, watchdog = (now.get(name, Sample()) for name in ("ingest", "clickhouse", "watchdog"))
    return {
        "scorers": scorers,
        "ingest": {
            "publishing": int(ingest.total("diktor_ingest_publishing")),
            "audio_s_per_s": round(rate(before.get("ingest"), ingest, "diktor_ingest_published_seconds_total"), 1),
            "taken": int(ingest.total("diktor_ingest_recordings_total", outcome="taken")),
            "refused": int(ingest.total("diktor_ingest_recordings_total", outcome="refused")),
        },
        "clickhouse": {
            "requests_per_s": round(rate(before.get("clickhouse"), store, "diktor_clickhouse_requests_total"), 1),
            "p95_s": round(quantile(before.get("clickhouse"), store, "diktor_clickhouse_request_seconds", 0.95), 3),
        },
        "parts": {
            part: {
                "up": bool(watchdog.total("diktor_part_up", part=part)),
                "restarts": int(watchdog.total("diktor_part_restarts_total", part=part)),
            }
            for part in watchdog.values_of("diktor_part_up", "part")
        },
    }


async def newest(settings: Settings) -> list[CallRow]:
    """The newest calls; none while the store is away."""
    try:
        store = await Store.open(settings)
    except DiktorError:
        return []
    try:
        return await store.recent_calls(CALLS)
    finally:
        await store.close()


def shown(found: dict[str, Any], calls: list[CallRow]) -> Group:
    """A report for people."""
    scorers = Table(title="scorers", title_justify="left")
    columns = ("windows_per_s", "lag_s", "p95_s", "waiting", "in_flight", "open_calls", "retries", "dead_letters")
    for heading in ("scorer", *columns):
        scorers.add_column(heading.replace("_per_s", "/s").replace("_s", ", s").replace("_", " "), justify="right")
    for name, figures in found["scorers"].items():
        label = f"[bold red]{name} halted[/bold red]" if figures["halted"] else name
        scorers.add_row(label, *(str(figures[column]) for column in columns))
    parts = Table(title="parts", title_justify="left")
    for heading in ("part", "up", "restarts"):
        parts.add_column(heading)
    for name, part in found["parts"].items():
        parts.add_row(name, "yes" if part["up"] else "[red]no[/red]", str(part["restarts"]))
    ingest, store = found["ingest"], found["clickhouse"]
    line = (
        f"ingest: {ingest['publishing']} publishing, {ingest['audio_s_per_s']} s of audio per s, "
        f"{ingest['taken']} taken, {ingest['refused']} refused; "
        f"ClickHouse: {store['requests_per_s']} requests/s, p95 {store['p95_s']} s"
    )
    return Group(scorers, line, parts, calls_table(calls, title="newest calls"))
