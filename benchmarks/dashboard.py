"""The dashboard in a browser: seconds until a page shows everything, bytes over the wire, an hour-long call.

A stack of ClickHouse's engine and the API with the dashboard; 20,000 calls of 50 operators in 30 days, and one call of
an hour with its recording. A browser without a cache opens the first page (cold); then every page is opened in it as
an address that is typed (warm), ROUNDS times in turns. `shown`: until no skeleton is left and nothing is loading;
of the call until its waveform is drawn. `filter_s`: from typing a least risk until the list of calls shows others.

`python -m benchmarks.dashboard [ROUNDS]`
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile
from matplotlib.axes import Axes
from playwright.sync_api import Page, expect

from benchmarks.report import save
from deploy.embedded.stack import Stack
from diktor import waveforms
from diktor.audio.decoded import Decoded
from diktor.recordings import Recording, Recordings
from diktor.rows import Span, WindowRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from tests.support.browser import chromium, visitor
from tests.support.calls import NOW, call

ROUNDS = 5
CALLS, OPERATORS, DAYS = 20_000, 50, 30
HOUR = "hour"
SECONDS = 3600
WAVEFORM = "(document.querySelector('#call-plot .js-plotly-plot')?.data?.[0].y ?? [])"
ROW = "document.querySelector(\"#calls-grid .ag-center-cols-container [row-index='0']\")?.innerText.trim()"
PATHS = ("/", "/calls", "/calls/hour", "/operators", "/operators/op-1", "/training", "/upload", "/models")


async def fill(settings: Settings, folder: Path) -> str:
    """Store the calls; the administrator's password."""
    rng = np.random.default_rng(1)
    rows = []
    for number in range(CALLS):
        risks = [float(risk) for risk in rng.uniform(0, 60, 3)]
        began = NOW - timedelta(days=float(rng.uniform(0, DAYS)))
        operator = int(rng.integers(OPERATORS))
        rows.append(call(f"c{number}", f"team-{operator % 5}", f"op-{operator}", risks, started_at=began))
    hour = call(HOUR, "team-1", "op-1", channels=("operator", "customer"))
    spoken = tuple(
        msgspec.structs.replace(hour.verdicts[0], channel=name, duration_ms=SECONDS * 1000) for name in hour.channels
    )
    rows.append(msgspec.structs.replace(hour, verdicts=spoken))
    store = await Store.open(settings)
    try:
        for first in range(0, len(rows), 2000):
            await store.insert_calls(rows[first : first + 2000])
        await store.insert_windows(list(windows(rng)))
    finally:
        await store.close()
    pcm = (rng.normal(0, 0.1, (SECONDS * 8000, 2)) * 32767).astype(np.int16)
    soundfile.write(folder / "hour.wav", pcm, 8000, subtype="PCM_16")
    size = (folder / "hour.wav").stat().st_size
    names = ("hour.wav", size, "op-1", "team-1", "inbound", NOW, hour.channels, SECONDS * 1000, None, NOW)
    recordings, recording = Recordings(settings.recordings_url), Recording(HOUR, "d1g357", *names)
    recordings.put(recording, folder / "hour.wav")
    decoded = Decoded.of(folder / "hour.wav", folder, 2 * SECONDS)
    drawing = time.perf_counter()
    waveforms.draw(recordings, recording, decoded)  # as ingest does
    print(f"the waveform of an hour is drawn in {time.perf_counter() - drawing:.2f} s")
    decoded.close()
    return await make_user(settings, NewUser(login="bench", role=Role.admin)) or ""


def windows(rng: np.random.Generator) -> Any:
    """Of the hour, both channels; one in twenty has evidence."""
    for channel in ("operator", "customer"):
        for start in range(0, SECONDS * 1000 - 1000, 4000):
            chances = tuple(float(chance) for chance in rng.uniform(0, 0.6, 3))
            found = (Span(start + 1000, start + 1300, 0.9),) if rng.random() < 0.05 else ()
            yield WindowRow(HOUR, channel, start, start + 5000, 4000, chances, (2.0, 1.0), (found, (), ()), 1, NOW)


def shown(page: Page, url: str) -> float:
    """Seconds from asking for an address until its page is whole."""
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    expect(page.locator("[data-dash-is-loading=true]")).to_have_count(0)
    if url.endswith(f"/calls/{HOUR}"):
        page.wait_for_function(f"() => {WAVEFORM}.length > 0")
    return time.perf_counter() - began


def filtered(page: Page, url: str) -> float:
    """Seconds from typing a least risk until the list of calls shows others."""
    shown(page, url + "/calls")
    before = page.wait_for_function(f"() => {ROW}").json_value()
    began = time.perf_counter()
    page.fill("#calls-minimum_risk", "59")
    page.wait_for_function(f"before => {ROW} && {ROW} !== before", arg=before)
    return time.perf_counter() - began


def measure(url: str, password: str, rounds: int) -> dict[str, Any]:
    """In one browser."""
    took = defaultdict(list)
    with chromium() as browser, visitor(browser, url) as one:
        received = [0.0, 0.0]
        devtools = one.context.new_cdp_session(one.page)
        devtools.send("Network.enable")

        def arrived(event: dict[str, Any]) -> None:
            received[0] += event["encodedDataLength"]
            received[1] += 1

        devtools.on("Network.loadingFinished", arrived)
        began = time.perf_counter()
        one.open("/login")
        expect(one.page.locator("#login")).to_be_visible()
        cold_log_in = time.perf_counter() - began
        one.log_in("bench", password, path="/login")
        first = shown(one.page, url + "/")
        cold = {
            "log_in_s": round(cold_log_in, 2),
            "overview_s": round(first, 2),
            "bytes": int(received[0]),
            "requests": int(received[1]),
        }
        paint = one.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
        weights = {}
        for _ in range(rounds):
            for path in PATHS:
                before = received[0]
                took[path].append(shown(one.page, url + path))
                weights[path] = int(received[0] - before)
        sieved = round(float(np.median([filtered(one.page, url) for _ in range(rounds)])), 2)
        assert one.faults == [], one.faults
    warm = {path: round(float(np.median(found)), 2) for path, found in took.items() if found}
    slow = {path: round(max(found), 2) for path, found in took.items() if found}
    return {
        "cold": cold,
        "first_paint_s": round(paint / 1000, 2),
        "warm_s": warm,
        "slowest_s": slow,
        "filter_s": sieved,
        "bytes": weights,
    }


def main(rounds: int) -> None:
    """Measure, save, draw."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("clickhouse", "api"))
        stack.up()
        try:
            password = asyncio.run(fill(stack.settings, Path(folder)))
            result = measure(stack.settings.api, password, rounds)
        finally:
            stack.down()
    save("dashboard", {"calls": CALLS, "rounds": rounds, **result}, draw)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """Seconds by page."""
    paths = list(result["warm_s"])
    axes.barh(paths, [result["warm_s"][path] for path in paths])
    axes.invert_yaxis()
    axes.set(xlabel="seconds until a page is whole, median")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
