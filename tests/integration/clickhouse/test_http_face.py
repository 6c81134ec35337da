"""An unmodified clickhouse-connect talks to the embedded engine as to a server."""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from tests.support.clickhouse import TOKEN, ClickHouse
from tests.support.processes import ROOT, python

ROWS = [[datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC), f"call-{i}", 0.5, ["р", "г"], {"a": 1.0}] for i in range(500)]
COLUMNS = ["at", "call_id", "score", "letters", "labels"]


def connect(engine: ClickHouse, **more: Any) -> Client:
    return clickhouse_connect.get_client(host="127.0.0.1", port=engine.port, password=TOKEN, **more)


@pytest.fixture(scope="module")
def client(engine: ClickHouse) -> Iterator[Client]:
    with connect(engine) as found:
        found.command("CREATE DATABASE face")
        found.command(
            "CREATE TABLE face.rows (at DateTime64(3, 'UTC'), call_id String, score Float64, letters Array(String), "
            "labels Map(String, Float32)) ENGINE = MergeTree ORDER BY call_id"
        )
        yield found


def count(client: Client) -> int:
    return int(client.command("SELECT count() FROM face.rows"))


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip", True])
def test_inserts_in_every_compression(engine: ClickHouse, client: Client, compress: bool | str) -> None:
    before = count(client)
    with connect(engine, compress=compress) as own:
        assert own.insert("face.rows", ROWS, column_names=COLUMNS).written_rows == len(ROWS)
        found = own.query("SELECT * FROM face.rows WHERE call_id = 'call-7' LIMIT 1").result_rows[0]
    assert count(client) == before + len(ROWS)
    assert list(found[1:]) == ROWS[7][1:]


def test_other_formats_are_inserted_raw(client: Client) -> None:
    before = count(client)
    line = b'{"call_id": "raw", "score": 1.5}\n'
    client.raw_insert("face.rows", ["call_id", "score"], line, fmt="JSONEachRow")
    client.command("INSERT INTO face.rows (call_id) VALUES ('v'), ('FORMAT Native')")
    client.command("INSERT INTO face.rows (call_id) SELECT 'x'")
    assert count(client) == before + 4


@pytest.mark.parametrize("text", ["plain", "it's", "a'\\\n\t;--", "'); DROP TABLE face.rows; --", "р" * 5000, ""])
def test_parameters_are_values_and_never_sql(client: Client, text: str) -> None:
    assert client.query("SELECT {x:String}", parameters={"x": text}).result_rows == [(text,)]
    found = client.query("SELECT {l:Array(String)}", parameters={"l": [text, "b"]}).result_rows[0][0]
    assert list(found) == [text, "b"]
    assert count(client) > 0


def test_a_session_keeps_its_tables_and_settings_last_one_request(engine: ClickHouse) -> None:
    with connect(engine, session_id="s1") as own, connect(engine, session_id="s2") as other:
        own.command("CREATE TEMPORARY TABLE mine (x Int8)")
        own.insert("mine", [[1]])
        assert own.command("SELECT count() FROM mine") == 1
        with pytest.raises(ClickHouseError, match="60"):
            other.query("SELECT * FROM mine")
        asked = "SELECT getSetting('max_threads')"
        usual = own.query(asked).result_rows
        assert own.query(asked, settings={"max_threads": 3}).result_rows == [(3,)]
        assert own.query(asked).result_rows == usual


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM nowhere", 60),
        ("SELEC 1", 62),
        ("SELECT throwIf(1)", 395),
        ("SELECT 1 SETTINGS no = 1", 115),
    ],
)
def test_errors_carry_clickhouses_codes(engine: ClickHouse, sql: str, code: int) -> None:
    url = f"http://127.0.0.1:{engine.port}/"
    answer = httpx.post(url, content=sql, headers={"X-ClickHouse-Key": TOKEN})
    assert answer.status_code >= 400
    assert answer.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert answer.text.startswith(f"Code: {code}")


def test_a_million_rows_are_streamed_and_an_error_in_their_middle_is_told(client: Client) -> None:
    with client.query_row_block_stream("SELECT number, toString(number) FROM numbers(1000000)") as stream:
        assert sum(len(block) for block in stream) == 1_000_000
    broken = "SELECT throwIf(number = 200000) FROM numbers(1000000) SETTINGS max_block_size = 65505"
    with pytest.raises(ClickHouseError), client.query_row_block_stream(broken) as stream:
        for _ in stream:
            pass


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_without_the_token_nothing_is_answered_but_ping(engine: ClickHouse, token: str) -> None:
    url = f"http://127.0.0.1:{engine.port}"
    answer = httpx.post(url, content="SELECT 1", headers={"X-ClickHouse-Key": token})
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert httpx.get(f"{url}/ping").text == "Ok.\n"


def test_the_asynchronous_client_runs_queries_side_by_side(engine: ClickHouse, client: Client) -> None:
    async def work() -> tuple[int, list[Any]]:
        own = await clickhouse_connect.get_async_client(
            host="127.0.0.1", port=engine.port, password=TOKEN, autogenerate_session_id=False
        )
        try:
            written = (await own.insert("face.rows", ROWS, column_names=COLUMNS)).written_rows
            answers = await asyncio.gather(*(own.query(f"SELECT {n}, sleep(0.2)") for n in range(6)))
            return written, [answer.result_rows[0][0] for answer in answers]
        finally:
            await own.close()

    assert asyncio.run(work()) == (len(ROWS), list(range(6)))


def test_a_second_process_on_the_folder_is_refused_in_one_line(engine: ClickHouse) -> None:
    folder = engine.running.log.parent / "chdb"
    done = subprocess.run(
        [python(), "-m", "deploy.embedded.clickhouse", "--path", str(folder), "--port", "18399"],
        cwd=ROOT, env={"DIKTOR_CLICKHOUSE_TOKEN": "t", "PATH": "/usr/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Only one process may hold the folder" in done.stderr
    assert "Traceback" not in done.stderr
