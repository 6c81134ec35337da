"""A small corpus of natural source speech, and Whisper's weights, for the tests of learning."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
import torch
from scipy.signal import resample_poly
from transformers import WhisperConfig, WhisperModel

from diktor.learning.corpus.clips import Clip, ClipWord, Mark
from diktor.learning.run import Run
from diktor.learning.whisper_weights import Weights, encoder_weights

SPEECH = Path(__file__).parents[2] / "assets" / "speech"
LETTER_OF = {"r": "р", "rr": "р", "g": "г", "gg": "г"}
VOICES = {"train": ("Aleksandr", "Anna"), "dev": ("festival",), "test": ("Irina",)}
PER_VOICE = 12


@pytest.fixture(scope="session")
def whisper() -> Weights:
    return encoder_weights()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of four voices at 8 kHz, healthy, with their р and г."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [json.loads(line) for line in (SPEECH / "alignment.jsonl").read_text("utf-8").splitlines()]
    clips, pieces, offset = [], [], 0
    for split, voices in VOICES.items():
        for voice in voices:
            for line in [line for line in lines if line["voice"] == voice][:PER_VOICE]:
                pcm = _audio(line)
                clips.append(_clip(line, split, offset, len(pcm)))
                pieces.append(pcm)
                offset += len(pcm)
    (folder / "shard-0000.i16").write_bytes(np.concatenate(pieces).astype("<i2").tobytes())
    (folder / "shard-0000.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, clips)))
    splits = {split: {"voices": voices} for split, voices in VOICES.items()}
    (folder / "manifest.json").write_bytes(msgspec.json.encode({"digest": "test", "splits": splits}))
    return folder


@pytest.fixture
def run(tmp_path: Path, corpus: Path) -> Run:
    return Run(tmp_path / "run", corpus)


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of transformers with a Whisper of two narrow layers, and noise for weights."""
    folder = tmp_path_factory.mktemp("tiny-whisper")
    config = WhisperConfig(
        d_model=32,
        encoder_layers=2,
        encoder_attention_heads=2,
        encoder_ffn_dim=96,
        max_source_positions=300,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=8,
        init_std=0.2,
        vocab_size=16,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    torch.manual_seed(1)
    WhisperModel(config).save_pretrained(folder)
    return folder


def _audio(line: dict[str, str]) -> np.ndarray:
    samples, rate = soundfile.read(SPEECH / line["file"], dtype="float32")
    return (resample_poly(samples, 8000, rate).clip(-1, 1) * 32767).astype(np.int16)


def _clip(line: dict, split: str, offset: int, length: int) -> Clip:  # type: ignore[type-arg]
    marks = [
        Mark(LETTER_OF[p["phone"]], p["start"], p["end"], False, "natural", number)
        for number, word in enumerate(line["words"])
        for p in word["phones"]
        if p["phone"] in LETTER_OF
    ]
    return Clip(
        id=line["id"],
        group=line["id"],
        split=split,
        voice=line["voice"],
        sentence=line["sentence"],
        kind=line["kind"],
        version="healthy",
        natural=True,
        codec="none",
        snr_db=99.0,
        shard="shard-0000",
        offset=offset,
        length=length,
        words=tuple(ClipWord(w["word"], w["start"], w["end"], False) for w in line["words"]),
        marks=tuple(marks),
        stutters=(),
    )
