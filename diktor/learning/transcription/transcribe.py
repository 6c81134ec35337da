"""Transcribes recording after recording, and goes on where it stopped: what is done is not done again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from diktor.errors import AudioError
from diktor.learning.transcription.recordings import RATE, Recording
from diktor.learning.transcription.transcripts import Transcript, find, keep
from diktor.learning.transcription.whisper import Recogniser


class Summary(msgspec.Struct, frozen=True):
    """What a run did: recordings transcribed now, found done, refused and why.

    `audio_s` (of every channel) and `wall_s` are seconds of audio and of work for those transcribed now. `words` and
    `unsure` count those of all transcripts, new and old; unsure ones are below the confidence.
    """

    transcribed: int
    found: int
    refused: tuple[str, ...]
    audio_s: float
    wall_s: float
    words: int
    unsure: int


def transcribe(
    recordings: Sequence[Recording],
    out: Path,
    recogniser: Recogniser,
    language: str,
    min_confidence: float,
    advance: Callable[[int, int], None],
) -> Summary:
    """Leave a transcript of every recording in `out`; one that is there of the same audio, model and language stays.

    A recording that is no audio is refused by name and the rest goes on. `advance` is told (done, of).

    Raises:
        DiktorError: the model cannot be loaded or does not know the language.
        OSError: `out` cannot be written.
    """
    began, audio_s, transcribed, words, unsure = time.monotonic(), 0.0, 0, 0, 0
    refused: list[str] = []
    for done, recording in enumerate(recordings):
        advance(done, len(recordings))
        try:
            digest = recording.digest()
            transcript = find(out, recording.name)
            if transcript is None or not transcript.answers(digest, recogniser.model, language):
                transcript = _listen(recording, digest, recogniser, language)
                keep(out, transcript)
                transcribed += 1
                audio_s += len(transcript.channels) * transcript.duration_ms / 1000
        except AudioError as error:
            refused.append(str(error))
            continue
        spoken = [word for channel in transcript.channels for word in channel]
        words += len(spoken)
        unsure += sum(word.probability < min_confidence for word in spoken)
    advance(len(recordings), len(recordings))
    found = len(recordings) - transcribed - len(refused)
    return Summary(transcribed, found, tuple(refused), audio_s, time.monotonic() - began, words, unsure)


def _listen(recording: Recording, digest: str, recogniser: Recogniser, language: str) -> Transcript:
    samples = recording.samples()
    heard = [recogniser.listen(channel, language) for channel in samples]
    return Transcript(
        recording=recording.name,
        digest=digest,
        model=recogniser.model,
        asked=language,
        language=heard[0].language,
        duration_ms=-(-samples.shape[1] * 1000 // RATE),
        channels=tuple(channel.words for channel in heard),
    )
