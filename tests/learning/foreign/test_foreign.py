"""Speech in other languages as something to learn from: where its р and г are, and what a corpus makes of the list."""

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diktor.cli.learn_corpus import corpus as corpus_command
from diktor.cli.learn_foreign import foreign as command
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import load_clips
from diktor.learning.foreign.listing import Speaker, write
from diktor.learning.foreign.spelling import sounds
from diktor.learning.foreign.takes import Take
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.windows import labels, plan
from diktor.releases import RATE


@pytest.mark.parametrize(
    ("word", "language", "letters"),
    [
        ("Rappeler", "fr", "р"),
        ("premiers", "fr", "р"),
        ("guerre,", "fr", "гр"),
        ("gauche", "fr", "г"),
        ("page", "fr", ""),
        ("longue", "fr", "г"),
        ("signal", "fr", ""),
        ("gérer", "fr", "р"),
        ("mer", "fr", "р"),
        ("chiamare", "it", "р"),
        ("maggiore", "it", "р"),
        ("leggo", "it", "г"),
        ("figli", "it", ""),
        ("inglese", "it", "г"),
        ("ringrazia", "it", "ргр"),
    ],
)
def test_which_sounds_of_a_word_are_marker_letters(word: str, language: str, letters: str) -> None:
    found = sounds(word, language)
    assert found is not None
    assert Counter(sound.letter for sound in found) == Counter(letters)


@pytest.mark.parametrize(
    ("word", "language", "foreign"),
    [
        ("rouge", "fr", {"р": True}),
        ("gauche", "fr", {"г": False}),
        ("grande", "it", {"г": False, "р": False}),
        ("llegar", "es", {"г": True, "р": False}),
        ("seguir", "es", {"г": True, "р": False}),
        ("tengo", "es", {"г": False}),
        ("digno", "es", {"г": True}),
        ("coger", "es", {"р": False}),
    ],
)
def test_which_sounds_are_as_in_a_defect(word: str, language: str, foreign: dict[str, bool]) -> None:
    assert {sound.letter: sound.foreign for sound in sounds(word, language) or ()} == foreign


def test_a_sound_is_where_it_is_written_and_a_spelling_that_does_not_tell_says_nothing() -> None:
    (sound,) = sounds("perdu", "fr") or ()
    assert (sound.at, sound.each) == (0.5, 0.2)
    (double,) = sounds("erra", "it") or ()
    assert double.at == 0.5
    assert sounds("appuyer", "fr") is None
    assert sounds("22", "it") is None
    assert sounds("gato", "es") is None, "what it is hangs on the word before"


def speech(seconds: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-3000, 3000, seconds * RATE, np.int16)


def spoken(*words: tuple[str, float]) -> tuple[SpokenWord, ...]:
    return tuple(SpokenWord(word, 1000 * place, 1000 * place + 500, sure) for place, (word, sure) in enumerate(words))


FRENCH = spoken(("Perdu", 0.9), ("le", 0.9), ("grand", 0.3), ("appuyer", 0.9), ("gauche", 0.9))
ITALIAN = spoken(("perde", 0.9), ("leggo", 0.9), ("amare", 0.9))
SPANISH = spoken(("perder", 0.9), ("luego", 0.9), ("tengo", 0.9))

MARKS = {
    "anne": [("р", True, 0), ("г", False, 4)],
    "paola": [("р", False, 0), ("г", False, 1), ("р", False, 2)],
    "july": [("р", False, 0), ("р", False, 0), ("г", True, 1), ("г", False, 2)],
}


def test_what_a_language_has_is_learned_and_of_a_word_that_is_not_sure_nothing(tmp_path: Path) -> None:
    """From takes to a corpus: marks, whether they are defective, and windows in which all words are known."""
    speakers = [
        Speaker("anne", [Take(speech(5, 1), FRENCH, "fr")]),
        Speaker("paola", [Take(speech(5, 2), ITALIAN, "it")]),
        Speaker("july", [Take(speech(5, 3), SPANISH, "es")]),
    ]
    listed = write(speakers, tmp_path / "foreign", 1)
    assert (listed.recordings, listed.letters) == (3, {"р": 5, "г": 4})
    out = ["--manifest", str(tmp_path / "foreign" / "list.parquet"), "--out", str(tmp_path / "corpus")]
    made = CliRunner().invoke(corpus_command, out, catch_exceptions=False)
    assert made.exit_code == 0, made.output
    clips = load_clips(tmp_path / "corpus")
    assert {(clip.voice, clip.version, clip.split, clip.weak) for clip in clips} == {
        ("anne", "rhotacism", "train", False),
        ("paola", "healthy", "train", False),
        ("july", "fricative_g", "train", False),
    }
    for clip in clips:
        assert [(m.letter, m.defective, m.word) for m in clip.marks] == MARKS[clip.voice]
        first = clip.marks[0]
        assert first.start == pytest.approx(0.1 if clip.voice != "july" else 0.2 / 2.4, abs=0.03)
        assert [w.word for w in clip.words if not w.sure] == (["grand", "appuyer"] if clip.voice == "anne" else [])
    for window in plan(clips, 1):
        known = labels(window)
        voice = window.pieces[0].clip.voice
        assert known.counted is (voice != "anne")
        assert len({(word.start, word.end) for word in known.words}) == 3
        assert known.defective.any(0).tolist() == [voice == "anne", voice == "july", False]


def test_every_other_take_passes_a_codec_and_the_same_seed_gives_the_same_recordings(tmp_path: Path) -> None:
    speakers = [Speaker("anne", [Take(speech(2, 1), FRENCH[:2], "fr")] * 8)]
    for name in ("one", "two"):
        write(speakers, tmp_path / name, 5)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    heard = [soundfile.read(tmp_path / "one" / name, dtype="int16")[0] for name in files if name.endswith(".wav")]
    assert [bool((pcm == speech(2, 1)).all()) for pcm in heard[::2]] == [True] * 4
    assert not all((pcm == speech(2, 1)).all() for pcm in heard[1::2])


def test_the_command_hears_folders_and_refuses_a_language_that_it_cannot_spell(tmp_path: Path) -> None:
    """With words that were heard before, so that no Whisper is needed."""
    options = []
    for language, name, words in (("fr", "anne", FRENCH), ("it", "paola", ITALIAN)):
        (tmp_path / name).mkdir()
        (tmp_path / "words" / name).mkdir(parents=True)
        soundfile.write(tmp_path / name / "prompt.wav", speech(6, len(name)), RATE)
        (tmp_path / "words" / name / f"{language}.words.json").write_bytes(msgspec.json.encode([words]))
        options += ["--speech", f"{language}={tmp_path / name}"]
    places = ["--words", str(tmp_path / "words"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, [*options, *places, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert msgspec.json.decode(done.stdout.splitlines()[-1])["recordings"] == 2
    assert len(list((tmp_path / "out").glob("*.wav"))) == 2
    with pytest.raises(DiktorError, match="how r and g are spelled in de is not known"):
        CliRunner().invoke(command, ["--speech", f"de={tmp_path / 'anne'}", *places], catch_exceptions=False)


def test_two_speakers_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="two folders have one name"):
        write([Speaker("anne", []), Speaker("anne", [])], tmp_path / "out", 1)
