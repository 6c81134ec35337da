"""Releases over HTTP, on a store of two small ones; Triton is away."""

import asyncio
from pathlib import Path

import httpx
import pytest

from deploy.embedded.triton import seed
from diktor.releases.packing import add
from diktor.releases.pointer import Pointer
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from tests.support.api import Api
from tests.support.releases import small_release

HERE = "/api/v1/models"
PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    first, second = (small_release(tmp_path_factory.mktemp("exported"), bias=bias) for bias in (0.0, 1.0))
    (second / "speech_defects_1" / "confusion.png").write_bytes(PICTURE)
    return first, second


@pytest.fixture
def store(settings: Settings, exported: tuple[Path, Path]) -> Releases:
    """Release 1 is active, release 2 is only there."""
    store = Releases.of(settings)
    for folder in exported:
        add(store, folder)
    store.point(Pointer().activated(1))
    return store


async def ended(client: httpx.AsyncClient, deployment: str) -> dict[str, object]:
    while True:
        found: dict[str, object] = (await client.get(f"{HERE}/deployments/{deployment}")).json()
        if found["state"] != "running":
            return found
        await asyncio.sleep(0.1)


async def test_releases_are_shown_with_what_they_do(api: Api, store: Releases) -> None:
    client = await api.user(Role.supervisor)
    page = (await client.get(f"{HERE}/releases", params={"limit": 1})).json()
    assert [item["number"] for item in page["items"]] == [2]
    rest = (await client.get(f"{HERE}/releases", params={"cursor": page["next"]})).json()
    assert [(item["number"], item["state"]) for item in rest["items"]] == [(1, "active")]
    assert rest["next"] is None
    detail = (await client.get(f"{HERE}/releases/2")).json()
    assert (detail["card"], detail["pictures"]) == ("# small\n", ["confusion.png"])
    picture = await client.get(f"{HERE}/releases/2/pictures/confusion.png")
    assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/png")
    assert (await client.get(f"{HERE}/serving")).json()["active"] == 1


async def test_the_shipped_release_of_a_new_store_shows_its_confusion_matrices(api: Api, settings: Settings) -> None:
    seed(settings)
    client = await api.user(Role.supervisor)
    names = (await client.get(f"{HERE}/releases/1")).json()["pictures"]
    assert names == ["confusion-dev.png", "confusion-test.png"]
    for name in names:
        picture = (await client.get(f"{HERE}/releases/1/pictures/{name}")).content
        assert picture.startswith(PICTURE)
        assert len(picture) < 15_000


async def test_what_is_not_there_is_not_found_and_no_name_leads_elsewhere(api: Api, store: Releases) -> None:
    client = await api.user(Role.supervisor)
    for place in ("3", "2/pictures/none.png", "2/pictures/..%2F..%2Fpointer.json", "2/pictures/release.json"):
        assert (await client.get(f"{HERE}/releases/{place}")).status_code == 404, place
    assert (await client.get(f"{HERE}/deployments/none")).status_code == 404
    for query in ("first=1&second=9", "first=0&second=1", "first=1"):
        assert (await client.get(f"{HERE}/comparison?{query}")).status_code == 422, query


async def test_only_administrators_change_what_serves(api: Api, store: Releases) -> None:
    for client in (await api.user(Role.operator), await api.user(Role.supervisor), await api.service(*Scope)):
        answer = await client.post(f"{HERE}/deployments", json={"action": "activate", "release": 2})
        assert answer.status_code == 403
    assert (await (await api.user(Role.operator)).get(f"{HERE}/releases")).status_code == 403
    assert store.pointer().active == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "activate"},
        {"action": "roll_back", "release": 2},
        {"action": "activate", "release": 2, "share": 0.5},
        {"action": "shadow", "release": 2, "share": 0},
        {"action": "activate", "release": 7},
        {"action": "destroy", "release": 2},
    ],
)
async def test_a_deployment_that_makes_no_sense_is_refused(
    api: Api, store: Releases, admin: httpx.AsyncClient, asked: dict[str, object]
) -> None:
    assert (await admin.post(f"{HERE}/deployments", json=asked)).status_code == 422
    assert (await admin.get(f"{HERE}/deployments")).json()["items"] == []


async def test_a_deployment_goes_on_by_itself_and_says_why_it_failed(
    api: Api, store: Releases, admin: httpx.AsyncClient
) -> None:
    answer = await admin.post(f"{HERE}/deployments", json={"action": "activate", "release": 2})
    assert answer.status_code == 202
    begun = answer.json()
    assert begun["state"] == "running"
    assert answer.headers["Location"].endswith(begun["id"])
    again = await admin.post(f"{HERE}/deployments", json={"action": "roll_back"})
    assert again.status_code == 409
    assert begun["id"] in again.json()["detail"]
    found = await ended(admin, begun["id"])
    assert found["state"] == "failed"
    assert "Triton at 127.0.0.1:9 is away" in str(found["problem"])
    assert store.pointer().active == 1
    entries = (await admin.get("/api/v1/audit", params={"action": "models"})).json()["items"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [("models.activate", "2")]


async def test_a_release_without_a_trial_is_unloaded_at_once(
    api: Api, store: Releases, admin: httpx.AsyncClient
) -> None:
    store.point(store.pointer().with_shadow(2, 0.5))
    assert (await admin.get(f"{HERE}/serving")).json()["shadow"] == {"release": 2, "share": 0.5}
    begun = (await admin.post(f"{HERE}/deployments", json={"action": "unload", "release": 2})).json()
    assert (await ended(admin, begun["id"]))["state"] == "done"
    assert (await admin.get(f"{HERE}/serving")).json()["shadow"] is None
