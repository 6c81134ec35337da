import itertools
from pathlib import Path

import numpy as np

from diktor.learning.corpus.clips import Clip, ClipWord, Mark, Stutter, load_clips, read_audio
from diktor.learning.windows import FRAME, LENGTH, Piece, Window, labels, plan, samples


def _clip(**fields: object) -> Clip:
    plain = {
        "id": "a",
        "group": "g",
        "split": "train",
        "voice": "v",
        "sentence": "s",
        "kind": "free",
        "version": "mixed",
        "natural": False,
        "codec": "none",
        "snr_db": 30.0,
        "shard": "shard-0000",
        "offset": 0,
        "length": 16_000,
        "words": (ClipWord("рога", 0.2, 0.8, False), ClipWord("и", 1.0, 1.1, False)),
        "marks": (Mark("р", 0.2, 0.3, True, "fricative", 0), Mark("г", 0.4, 0.5, False, "natural", 0)),
        "stutters": (Stutter(1.0, 1.5, "sound"),),
    }
    return Clip(**{**plain, **fields})  # type: ignore[arg-type]


def test_labels_move_with_the_piece_they_are_in() -> None:
    found = labels(Window("g", "mixed", 0, (Piece(_clip(), 0, 8_000, 16_000),)))
    assert [(s.start, s.end, s.letter, s.defective) for s in found.phones] == [(60, 65, 0, True), (70, 75, 1, False)]
    assert {(s.letter, s.letters, s.defective) for s in found.words} == {
        (0, 1, True),
        (1, 1, False),
        (0, 0, False),
        (1, 0, False),
    }
    assert np.flatnonzero(found.defective[:, 0]).tolist() == [60, 61, 62, 63, 64]
    assert np.flatnonzero(found.defective[:, 2]).tolist() == list(range(100, 125))
    assert not found.defective[:, 1].any()


def test_a_sound_that_the_piece_cuts_is_not_counted() -> None:
    found = labels(Window("g", "mixed", 0, (Piece(_clip(), 2_000, 0, 14_000),)))
    assert [s.letter for s in found.phones] == [1]
    assert found.defective[:, 0].any()


def test_natural_speech_counts_more_than_vocoded_as_healthy() -> None:
    weights = [
        labels(Window("g", "mixed", 0, (Piece(_clip(natural=natural), 0, 0, 16_000),))).phones[1].weight
        for natural in (True, False)
    ]
    assert weights[0] > weights[1]


def test_windows_cover_every_clip_and_depend_on_the_seed_alone(corpus: Path) -> None:
    clips = [clip for clip in load_clips(corpus) if clip.split == "train"]
    found = plan(clips, 1)
    assert found == plan(clips, 1) != plan(clips, 2)
    for clip in clips:
        own = [window.pieces[0] for window in found if window.group == clip.group]
        assert sum(piece.length for piece in own) >= clip.length
    for window in found:
        pieces = sorted(window.pieces, key=lambda piece: piece.target)
        assert pieces[0].target >= 0
        assert pieces[-1].target + pieces[-1].length <= LENGTH
        assert all(a.target + a.length <= b.target for a, b in itertools.pairwise(pieces))
        assert window.pieces[0].target % FRAME == 0


def test_a_windows_samples_are_its_pieces(corpus: Path) -> None:
    window = plan([clip for clip in load_clips(corpus) if clip.split == "train"], 1)[0]
    pcm, piece = samples(corpus, window), window.pieces[0]
    np.testing.assert_array_equal(
        pcm[piece.target : piece.target + piece.length],
        read_audio(corpus, piece.clip)[piece.source : piece.source + piece.length],
    )
