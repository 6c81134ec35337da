"""Writes a corpus as an archive of the old form, and beside its table a manifest that tells more."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from diktor.learning.corpus.archive import AUDIO, TABLE
from diktor.learning.corpus.clips import Clip, load_clips, read_audio, taxonomy_of
from diktor.releases import RATE

MANIFEST = "manifest.parquet"

BITS = 32_000


def write(corpus: Path, out: Path, advance: Callable[[int, int], None]) -> int:
    """The corpus' clips as mp3 with both lists; returns how many there are. Clips with two defects are not written."""
    classes = ("healthy", *taxonomy_of(corpus).names)
    clips = [clip for clip in load_clips(corpus) if clip.version in classes]
    (out / AUDIO).mkdir(parents=True, exist_ok=True)
    for number, clip in enumerate(clips):
        (out / AUDIO / f"{number:05d}.mp3").write_bytes(mp3(read_audio(corpus, clip)))
        advance(number + 1, len(clips))
    with (out / TABLE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            (f"{number:05d}.mp3", classes.index(clip.version)) for number, clip in enumerate(clips)
        )
    rows = [_row(number, clip) for number, clip in enumerate(clips)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out / MANIFEST)
    return len(clips)


def mp3(pcm: NDArray[np.int16]) -> bytes:
    """(samples,) at 8 kHz, mono, at 32 kbit/s. Its header says what encoding put before and after."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3", options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream("libmp3lame", rate=RATE)
        stream.layout, stream.format, stream.bit_rate = "mono", "s16p", BITS
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm)[None], format="s16p", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler("s16p", "mono", RATE, stream.codec_context.frame_size or 576)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()


def _row(number: int, clip: Clip) -> dict[str, object]:
    """A row of the manifest. Sounds are listed where a clip knows what they are."""
    return {
        "file": f"{AUDIO}/{number:05d}.mp3",
        "class": "none" if clip.version == "healthy" else clip.version,
        "speaker": clip.voice,
        "text": " ".join(word.word for word in clip.words),
        "template": clip.sentence,
        "words": [{"word": w.word, "start": w.start, "end": w.end} for w in clip.words],
        "marks": [{"letter": m.letter, "start": m.start, "end": m.end, "defective": m.defective} for m in clip.marks],
    }
