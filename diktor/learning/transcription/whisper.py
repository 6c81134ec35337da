"""faster-whisper: which model listens, and the words it hears with their times.

A model is the offline one (Whisper base, from two packages), a folder with a CTranslate2 model, or a name of the hub.
Nothing is drawn at random: the same samples give the same words.
"""

import hashlib
import string
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import faster_whisper
import httpx
import numpy as np
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning import whisper_weights
from diktor.learning.transcription.recordings import RATE
from diktor.learning.transcription.transcripts import Model, SpokenWord

OFFLINE = "offline"
BEAM = 5
"""Beams of the search, as in Whisper's paper (Radford et al. 2022)."""

LOOP = 2.4
"""Text that packs better than this goes round in circles (Radford et al. 2022), and is sure of itself …"""

UNREPEATED = 3
"""… so it is heard again, alone, and so many pieces of words in a row come once. Elsewhere names may come again."""

ENCODED, ALIGNED_MS = 3000, 20
"""Frames of 10 ms that the model hears at once, and the frames to which it aligns."""

AUTO = "auto"
"""The language is what the model hears."""

_SIGNS = frozenset(string.digits + "%$&+=@#")
"""With these left out the model writes numbers as words, and words have letters: 4 has no р, четыре has."""


class Heard(NamedTuple):
    """Words in order, and the language they were heard as."""

    words: tuple[SpokenWord, ...]
    language: str


class Recogniser:
    """A Whisper model, loaded when it first listens: int8 on the CPU."""

    def __init__(self, model: Model, threads: int, load: Callable[[int], Any]) -> None:
        self.model = model
        self._threads, self._load = threads, load

    def listen(self, samples: NDArray[np.float32], language: str) -> Heard:
        """What is said in (samples,) float32, mono, 16 kHz; `language` is a code (ru) or `auto`.

        Raises:
            DiktorError: the model does not know the language, or is none.
        """
        if language != AUTO:
            self._check(language)
        segments, heard_as = self._segments(samples, language)
        words: list[SpokenWord] = []
        for segment in segments:
            start = max(0, round(segment.start * RATE))
            again = samples[start : round(segment.end * RATE)]
            if segment.compression_ratio > LOOP and len(again):
                repeated, _ = self._segments(again, heard_as, no_repeat_ngram_size=UNREPEATED)
                words += [word for piece in repeated for word in _words(piece, start * 1000 // RATE)]
            else:
                words += _words(segment, 0)
        return Heard(tuple(words), heard_as)

    def align(self, samples: NDArray[np.float32], words: Sequence[str], language: str) -> tuple[SpokenWord, ...]:
        """When known words are said in (samples,) float32, mono, 16 kHz, of 30 s at most: one for each, in their order.

        Their probability is that of the model writing them there itself.

        Raises:
            DiktorError: the model does not know the language, or is none.
        """
        whisper = self._whisper
        self._check(language)
        tokenizer = Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", language)
        pieces = [tokenizer.encode(f" {word}") for word in words]
        features = whisper.feature_extractor(samples)
        encoded = whisper.encode(pad_or_trim(features[:, :ENCODED]))
        (found,) = whisper.model.align(
            encoded, tokenizer.sot_sequence, [[*chain.from_iterable(pieces)]], min(features.shape[-1], ENCODED)
        )
        # a token begins at the first frame that is aligned with it; after the last one comes the end of the text
        starts = {token: frame * ALIGNED_MS for token, frame in reversed(found.alignments)}
        ends = [*np.cumsum([len(piece) for piece in pieces]).tolist()]
        told = []
        for word, piece, end in zip(words, pieces, ends, strict=True):
            first = end - len(piece)
            probability = float(np.mean(found.text_token_probs[first:end]))
            last_ms = starts.get(end, len(samples) * 1000 // RATE)
            told.append(SpokenWord(word, starts[first], max(starts[first], last_ms), round(probability, 4)))
        return tuple(told)

    def _check(self, language: str) -> None:
        if language not in (known := self._whisper.supported_languages):
            raise DiktorError(f"{self.model.name} does not know the language {language}", f"One of: {', '.join(known)}")

    def _segments(self, samples: NDArray[np.float32], language: str, **given: Any) -> tuple[list[Any], str]:
        segments, info = self._whisper.transcribe(
            samples,
            language=None if language == AUTO else language,
            beam_size=BEAM,
            temperature=0.0,  # a fall-back to sampling would make every run another one
            condition_on_previous_text=False,  # an error stays where it was made
            suppress_tokens=self._suppressed,
            word_timestamps=True,
            vad_filter=True,  # in silence the model invents
            **given,
        )
        return list(segments), info.language

    @cached_property
    def _whisper(self) -> Any:
        try:
            return self._load(self._threads)
        except (RuntimeError, ValueError, OSError) as error:
            raise DiktorError(
                f"{self.model.name} is no Whisper model for CTranslate2: {error}",
                "Convert it with ct2-transformers-converter, or use --model offline",
            ) from error

    @cached_property
    def _suppressed(self) -> list[int]:
        """The model's own list (-1) and every piece of text with a sign in it."""
        tokenizer = self._whisper.hf_tokenizer
        texts = tokenizer.token_to_id("<|endoftext|>")  # what follows is no text
        vocabulary = tokenizer.get_vocab().items()
        return [-1, *sorted(number for piece, number in vocabulary if number < texts and _SIGNS & set(piece))]


def recogniser(name: str, threads: int) -> Recogniser:
    """The model of a name: `offline`, a folder's path, or a name of the hub, which fetches it.

    Raises:
        DiktorError: there is no such model, or it cannot be had.
    """
    if name == OFFLINE:
        return Recogniser(Model("whisper-base (offline)", whisper_weights.SHA256), threads, _offline)
    folder = Path(name) if Path(name).is_dir() else _fetched(name)
    weights = folder / "model.bin"
    if not weights.is_file():
        raise DiktorError(
            f"{name} holds no model.bin", "Name a folder with a CTranslate2 model, or use --model offline"
        )
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    shown = folder.resolve().name if folder == Path(name) else name
    return Recogniser(Model(shown, digest), threads, lambda count: _whisper(str(folder), count))


def _offline(threads: int) -> Any:
    files = {"model.bin": whisper_weights.model_file(), **whisper_weights.companions()}
    return _whisper(OFFLINE, threads, files=files)


def _whisper(name: str, threads: int, **given: Any) -> Any:
    return faster_whisper.WhisperModel(name, device="cpu", compute_type="int8", cpu_threads=threads, **given)


def _fetched(name: str) -> Path:
    known = faster_whisper.available_models()
    if "/" not in name and name not in known:
        raise DiktorError(
            f"there is no model {name}",
            f"Use {OFFLINE}, the path of a folder with a CTranslate2 model, OWNER/NAME of the hub, or one of: "
            + ", ".join(known),
        )
    try:
        return Path(faster_whisper.download_model(name))
    except (OSError, ValueError, RuntimeError, httpx.HTTPError) as error:
        raise DiktorError(
            f"the model {name} cannot be had from the hub: {error}",
            f"Check the name and the network, fetch it elsewhere and name its folder, or use --model {OFFLINE}",
        ) from error


def _words(segment: Any, later_ms: int) -> Iterable[SpokenWord]:
    for word in segment.words or ():
        start, end = round(word.start * 1000) + later_ms, round(word.end * 1000) + later_ms
        yield SpokenWord(word.word.strip(), start, max(start, end), round(float(word.probability), 4))
