"""`diktor plan`: what a number of calls needs, from measured constants."""

import click
from rich.table import Table

from diktor.cli.json_line import say
from diktor.cli.tables import wide_console
from diktor.settings import Settings

WORDS = {
    "calls_per_hour": "calls that begin in an hour",
    "windows_per_s": "windows, and rows, per second",
    "scored_per_s": "of them with speech, scored",
    "partitions": "partitions of calls.audio",
    "scorers": "scorers, one core each",
    "scorer_mib": "memory of a scorer, MiB",
    "triton_instances": "Triton instances of each member, one core each",
    "triton_gpus": "GPUs instead",
    "ingest_workers": "cores for ingest, when recordings come through it",
    "broker_cores": "cores for the broker",
    "kafka_mb_per_s": "audio into Kafka, MB/s (times replicas)",
    "clickhouse_shards": "ClickHouse shards",
    "clickhouse_gb": "windows on disk, GB, for the days kept",
    "recordings_gb": "recordings as 16-bit samples, GB, for the days kept",
}


@click.command()
@click.option("--calls", type=click.IntRange(1), required=True, help="Calls at once.")
@click.option("--minutes", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Of a call.")
@click.option("--release", "number", type=click.IntRange(1), help="Whose windows; default: the active one.")
@click.option("--channels", type=click.IntRange(1, 2), default=2, show_default=True)
@click.option("--speech", type=click.FloatRange(0, 1), default=0.6, show_default=True, help="Share of windows.")
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="Rows and recordings are kept.")
@click.option("--hours", type=click.FloatRange(0.1, 24), default=10.0, show_default=True, help="Of such a load a day.")
@click.option("--gpu-windows", type=click.FloatRange(1), help="Windows per second that one of your GPUs scores.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def plan(
    calls: int,
    minutes: float,
    number: int | None,
    channels: int,
    speech: float,
    days: int,
    hours: float,
    gpu_windows: float | None,
    as_json: bool,
) -> None:
    """Partitions, scorers, Triton instances, disk and network for so many calls at once, and how long windows wait."""
    from diktor.capacity.measured import MEASURED
    from diktor.capacity.plan import Load
    from diktor.capacity.plan import plan as planned
    from diktor.capacity.simulate import simulate
    from diktor.releases.store import found as release_found

    settings = Settings.load()
    grid = release_found(settings, number).grid
    load = Load(calls, minutes, channels, speech, days=days, hours_a_day=hours)
    found = planned(load, grid, MEASURED, gpu_windows)
    waits = simulate(load, grid, MEASURED, found.scorers, found.triton_instances)
    if as_json:
        document = {"load": load, "plan": found, "waits": waits, "measured": MEASURED}
        say(document)
        return
    table = Table(title=f"{calls} calls at once, {channels} channels each", title_justify="left")
    table.add_column("what")
    table.add_column("how much", justify="right")
    for name, words in WORDS.items():
        if (value := getattr(found, name)) is not None:
            table.add_row(words, f"{value:,}")
    console = wide_console()
    console.print(table)
    shares = ", ".join(f"{part} {share:.0%}" for part, share in sorted(found.share.items(), key=lambda item: -item[1]))
    console.print(f"where the processors go: {shares}; the bottleneck is {found.bottleneck}", highlight=False)
    console.print(
        f"simulated, from a window's last frame to its row: p50 {waits.p50_s} s, p95 {waits.p95_s} s, "
        f"p99 {waits.p99_s} s ({waits.windows} windows in one of {waits.cells} cells)",
        highlight=False,
    )
