"""Attempts judged by the shipped release on Triton and by Whisper: a voice that neither was trained or tuned on."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from deploy.embedded.stack import Stack
from diktor.audio.isolated import USUAL
from diktor.checking.checker import Checker
from diktor.exercises.attempt import Judge, Judgement
from diktor.exercises.listener import Listener
from diktor.releases.book import Book
from diktor.scoring.triton import Triton
from tests.support.takes import take, wav
from tests.support.triton import start_triton

TEXT = "Ну и дела, снова прогорает проводка у гаражей."
OTHER = "Рапортовал, да не дорапортовал, стал дорапортовывать, зарапортовался."


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with start_triton(tmp_path_factory.mktemp("triton")) as stack:
        yield stack


@pytest.fixture
async def judge(triton: Stack) -> AsyncIterator[Judge]:
    settings, listener = triton.settings, Listener()
    async with Triton(settings.triton) as client:
        checker = Checker(settings, client, Book(settings))
        yield Judge(checker, listener, USUAL)
        await listener.close()
        checker.close()


@pytest.mark.timeout(900)  # Whisper on a busy machine
async def test_a_defect_is_told_from_a_clean_take_and_what_is_no_attempt_is_refused(
    judge: Judge, tmp_path: Path
) -> None:
    async def judged(content: bytes, text: str = TEXT) -> Judgement:
        (recording := tmp_path / "take").write_bytes(content)
        found = await judge.judge(recording, tmp_path, text, {"r"})
        assert list(tmp_path.iterdir()) == [recording]
        return found

    said = {"healthy": 3, "rhotacism": 2, "stuttering": 3}  # so often: of fluency eight seconds are needed
    found = {version: await judged(wav(take(TEXT, version, times))) for version, times in said.items()}
    mastery = {
        version: {part.part: part.mastery or 0.0 for part in judgement.parts} for version, judgement in found.items()
    }
    assert {judgement.outcome for judgement in found.values()} == {"scored"}
    assert min(mastery["healthy"].values()) > 80
    assert mastery["rhotacism"]["r"] < 50 < mastery["rhotacism"]["g"]
    assert mastery["stuttering"]["fluency"] < 50 < mastery["stuttering"]["r"]
    whole = {version: judgement.mastery or 0.0 for version, judgement in found.items()}
    assert max(whole["rhotacism"], whole["stuttering"]) < whole["healthy"]
    burred = next(part for part in found["rhotacism"].parts if part.part == "r")
    assert {place.word for place in burred.places} <= {"прогорает", "проводка", "гаражей"}
    assert len(burred.places) >= 2
    times = [place.start_ms for place in burred.places if place.start_ms is not None]
    assert times == sorted(times)

    clean = take(TEXT, "healthy", 1)
    loud = np.clip(clean.astype(np.int32) * 30, -32768, 32767).astype(np.int16)
    assert (await judged(wav(clean), OTHER)).outcome == "wrong_text"
    assert (await judged(wav(np.zeros(32000, np.int16)))).outcome == "silence"
    assert (await judged(wav(loud))).outcome == "clipped"
    assert (await judged(wav(clean[:4000]))).outcome == "too_short"
    refusal = await judged(b"no sound at all")
    assert (refusal.outcome, refusal.mastery, refusal.parts) == ("unreadable", None, [])
    stereo = await judged(wav(clean, channels=2))
    assert stereo.outcome == "scored"
    assert next(part for part in stereo.parts if part.part == "fluency").mastery is None  # too short to judge
