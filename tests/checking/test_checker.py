"""Single recordings checked on a real Triton: the stream's own numbers, whatever the codec, and nothing left behind."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diktor.audio.decode import Facts, blocks
from diktor.audio.decoded import Decoded
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.checking.check import Check
from diktor.checking.checker import AHEAD, Checker
from diktor.errors import AudioError, UnavailableError
from diktor.learning.ensemble import Ensemble
from diktor.learning.in_service import cut
from diktor.releases import load_release
from diktor.releases.book import Book
from diktor.rows import ChannelVerdict
from diktor.scoring.triton import Triton
from diktor.scoring.verdict import verdicts
from diktor.scoring.windows import window_row
from diktor.settings import Settings
from tests.support.faulty_triton import faulty_triton
from tests.support.processes import ROOT, free_port
from tests.support.triton import start_triton

CALLS, REPOSITORY = ROOT / "assets" / "calls", ROOT / "triton_models"


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with start_triton(tmp_path_factory.mktemp("triton")) as stack:
        yield stack.settings


async def checked(settings: Settings, recording: Path, folder: Path) -> Check:
    async with Triton(settings.triton, 20) as client:
        checker = Checker(settings, client, Book(settings))
        try:
            release = await checker.release()
            async with checker.decoded(recording, folder) as (samples, seconds):
                return await checker.check(samples, release, seconds)
        finally:
            checker.close()


def by_hand(recording: Path) -> tuple[ChannelVerdict, ...]:
    """The verdicts of a recording held whole, window after window, by the release's networks in this process."""
    release, activity = load_release(REPOSITORY, 1), VoiceActivity()
    ensemble, rows = Ensemble.of_release(REPOSITORY, release), []
    for name, pcm in zip(("operator", "customer"), np.concatenate(list(blocks(recording)), axis=1), strict=True):
        for window in release.grid.windows(-(-len(pcm) * 1000 // release.rate)):
            samples = cut(pcm, window.start_ms, release.length_ms)
            speech_ms = activity.speech_ms(samples)
            scores = ensemble.score(samples) if speech_ms >= LEAST_MS else None
            rows.append(window_row("", name, window, speech_ms, scores, release))
    return verdicts(rows, release)


async def test_the_verdict_is_that_of_every_window_of_the_grid(triton: Settings, tmp_path: Path) -> None:
    check = await checked(triton, CALLS / "call-02.mp3", tmp_path)
    assert (check.release, check.codec, [item.channel for item in check.channels]) == (
        1,
        "mp3float",
        ["operator", "customer"],
    )
    operator, customer = check.channels
    expected = {verdict.channel: verdict for verdict in by_hand(CALLS / "call-02.mp3")}
    for found in (operator, customer):
        wanted = expected[found.channel]
        assert (found.duration_ms, found.windows, found.spoken) == (wanted.duration_ms, wanted.windows, wanted.spoken)
        assert found.talk_ms == wanted.talk_ms
        for one, other in zip(found.defects, wanted.defects, strict=True):
            assert (one.defect, one.verdict) == (other.defect, other.verdict)
            assert one.risk == pytest.approx(other.risk, abs=0.2)
            assert one.markers == pytest.approx(other.markers, abs=0.2)
    assert operator.defects[0].verdict == "likely"
    assert list(tmp_path.iterdir()) == []


async def test_a_silent_recording_has_windows_and_no_verdict(triton: Settings, tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(9 * 8000, np.int16), 8000)
    check = await checked(triton, path, tmp_path)
    (channel,) = check.channels
    assert (channel.channel, channel.windows, channel.spoken, channel.talk_ms) == ("mixed", 2, 0, 0)
    assert {defect.verdict for defect in channel.defects} == {"not_enough_evidence"}


async def test_what_is_no_audio_is_refused_without_its_name(triton: Settings, tmp_path: Path) -> None:
    path = tmp_path / "ivanov.mp3"
    path.write_text("no sound at all")
    with pytest.raises(AudioError, match="the recording is not an audio file") as caught:
        await checked(triton, path, tmp_path)
    assert "ivanov" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


async def test_of_a_long_recording_few_windows_are_held(tmp_path: Path) -> None:
    """Ten minutes of silence that nobody scores; what is held is counted, as memory would show too late."""
    settings = Settings.load(home=tmp_path)
    path = tmp_path / "samples"
    with path.open("wb") as file:
        file.truncate(600 * 8000 * 4)
    async with Triton("127.0.0.1:1") as client:
        checker = Checker(settings, client, Book(settings))
        speech_ms, held, most = checker._activity.speech_ms, 0, 0

        async def counted(pcm: np.ndarray) -> int:
            nonlocal held, most
            held += 1
            most = max(most, held)
            found = await speech_ms(pcm)
            held -= 1
            return found

        checker._activity.speech_ms = counted  # type: ignore[method-assign]
        rows = await checker.rows(Decoded(path, Facts(2, 600_000, "pcm")), load_release(REPOSITORY, 1))
        checker.close()
    assert len(rows) == 2 * 150
    assert 1 < most <= AHEAD


async def test_without_triton_it_is_said_at_once_and_nothing_is_left(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path / "home", triton=f"127.0.0.1:{free_port()}")
    with pytest.raises(UnavailableError, match="is away"):
        await checked(settings, CALLS / "call-02.mp3", tmp_path)


async def test_answers_that_cannot_be_used_are_asked_for_again_then_given_up(triton: Settings, tmp_path: Path) -> None:
    with faulty_triton(triton.triton) as door:
        through = triton.model_copy(update={"triton": door.address})
        door.faults = ("no numbers",)
        with pytest.raises(UnavailableError, match="the models answer what cannot be used"):
            await checked(through, CALLS / "call-02.mp3", tmp_path)
        door.faults = ()
        assert (await checked(through, CALLS / "call-02.mp3", tmp_path)).channels[0].windows > 5
    assert list(tmp_path.iterdir()) == []


async def test_recordings_side_by_side_have_their_own_verdicts(triton: Settings, tmp_path: Path) -> None:
    names = ["call-02.mp3", "call-03.wav", "call-06.flac"]
    alone = [await checked(triton, CALLS / name, tmp_path) for name in names[:1]]
    async with Triton(triton.triton, 20) as client:
        checker = Checker(triton, client, Book(triton))
        release = await checker.release()

        async def one(name: str) -> Check:
            async with checker.decoded(CALLS / name, tmp_path) as (samples, _):
                return await checker.check(samples, release)

        together = await asyncio.gather(*map(one, names))
        checker.close()
    assert together[0].channels == alone[0].channels
    assert len({check.codec for check in together}) == 3
