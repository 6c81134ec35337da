"""`diktor login` and `diktor check` against an API behind a port."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from diktor.cli import diktor
from diktor.client.kept import FILE
from diktor.errors import DiktorError
from diktor.wire.accounts import Role
from tests.support.api import AWAY, PASSWORD, SECRET
from tests.support.served_api import served


def test_a_session_is_kept_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(**AWAY, home=tmp_path, api_secret=SECRET) as api:
        api.user(Role.supervisor, login="anna")
        monkeypatch.setenv("DIKTOR_HOME", str(tmp_path))
        monkeypatch.setenv("DIKTOR_API", api.url)
        run = CliRunner().invoke(diktor, ["login", "anna", "--password", PASSWORD], catch_exceptions=False)
        assert run.output == "logged in as anna, supervisor\n"
        assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
        with pytest.raises(DiktorError, match="login or password is wrong"):
            CliRunner().invoke(diktor, ["login", "anna", "--password", "x"], catch_exceptions=False)


def test_without_a_session_it_is_said_how_to_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKTOR_HOME", str(tmp_path))
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(DiktorError, match="diktor login"):
        CliRunner().invoke(diktor, ["check", str(tmp_path / "a.wav")], catch_exceptions=False)
