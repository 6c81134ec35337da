"""Speech in other languages as something to learn from: where its р and г are, and what a corpus makes of the list."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet
import pytest
import soundfile
from click.testing import CliRunner

from diktor.cli.learn_corpus import corpus as corpus_command
from diktor.cli.learn_foreign import foreign as command
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import Clip, Mark, load_clips
from diktor.learning.foreign.halting import parts
from diktor.learning.foreign.listing import Speaker, write
from diktor.learning.foreign.spelling import sounds
from diktor.learning.foreign.takes import Take, takes
from diktor.learning.transcription.transcripts import Model, SpokenWord
from diktor.learning.transcription.whisper import Heard, Recogniser
from diktor.learning.windows import Window, labels, plan
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
        ("girafă", "ro", "р"),
        ("grădină", "ro", "гр"),
        ("гургулица", "bg", "ггр"),
        ("сняг", "bg", ""),
        ("Гарбуз", "be", "гр"),
        ("ганак,", "be", "г"),
        ("нагода", "uk", "г"),
        ("ґрати", "uk", "гр"),
        ("chalupa", "cs", ""),
        ("hrad", "cs", "гр"),
        ("гардероб", "ru", "грр"),
        ("его", "ru", ""),
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
        ("нага", "be", {"г": True}),
        ("ґанок", "uk", {"г": False}),
        ("гора", "uk", {"г": True, "р": False}),
        ("gorila", "cs", {"г": False, "р": False}),
        ("hora", "cs", {"г": True, "р": False}),
        ("гора", "ru", {"г": False, "р": False}),
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
    assert sounds("снег", "be") is None, "at the end it is [x]"
    assert sounds("řeka", "cs") is None, "ř is another sound"
    assert sounds("linux", "ru") is None, "of Latin letters in Russian nobody knows the sounds"
    assert sounds("гора", "it") is None


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


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """From takes of three people to a corpus."""
    folder = tmp_path_factory.mktemp("foreign")
    speakers = [
        Speaker("anne", [Take(speech(5, 1), FRENCH, "fr")]),
        Speaker("paola", [Take(speech(5, 2), ITALIAN, "it")]),
        Speaker("july", [Take(speech(5, 3), SPANISH, "es")]),
    ]
    listed = write(speakers, folder / "foreign", 1)
    assert (listed.recordings, listed.letters) == (9, {"р": 15, "г": 12})
    assert listed.stutters >= 3
    out = ["--manifest", str(folder / "foreign" / "list.parquet"), "--out", str(folder / "corpus")]
    made = CliRunner().invoke(corpus_command, out, catch_exceptions=False)
    assert made.exit_code == 0, made.output
    return load_clips(folder / "corpus")


def test_what_a_language_has_is_learned_and_of_a_word_that_is_not_sure_nothing(clips: list[Clip]) -> None:
    """Marks, whether they are defective, and windows in which all words are known."""
    having = {"anne": "rhotacism", "paola": "healthy", "july": "fricative_g"}
    assert {(clip.voice, clip.version, clip.split, clip.weak) for clip in clips} == {
        (voice, version, "train", False) for voice in having for version in (having[voice], "stuttering")
    }
    for clip in clips:
        assert [(m.letter, m.defective, m.word) for m in clip.marks] == MARKS[clip.voice]
        assert [w.word for w in clip.words if not w.sure] == (["grand", "appuyer"] if clip.voice == "anne" else [])
        for mark in clip.marks:
            word = clip.words[mark.word]
            assert word.start - 0.01 <= mark.start < mark.end <= word.end + 0.01
            assert mark.end - mark.start < 0.5, "a pause beside a letter is none of it"
    for window in (window for window in plan(clips, 1) if len(window.pieces) == 1):
        known, voice = labels(window), window.pieces[0].clip.voice
        if voice != "anne":
            assert known.counted
        assert known.defective.any(0)[:2].tolist() == [
            any(mark.defective and mark.letter == letter for mark in _inside(window)) for letter in "рг"
        ]


def _inside(window: Window) -> list[Mark]:
    (piece,) = window.pieces
    start, end = piece.source / RATE, (piece.source + piece.length) / RATE
    return [mark for mark in piece.clip.marks if mark.end > start and mark.start < end]


def test_people_halt_and_in_the_other_version_stutter_at_the_same_words(clips: list[Clip]) -> None:
    groups = {clip.group for clip in clips}
    assert len(groups) == 6
    for group in (group for group in groups if "halting" in group):
        spoken, stuttering = sorted(
            (clip for clip in clips if clip.group == group), key=lambda clip: bool(clip.stutters)
        )
        assert not spoken.stutters
        assert not any(word.stuttered for word in spoken.words)
        assert stuttering.stutters
        assert sum(word.stuttered for word in stuttering.words) == len(stuttering.stutters)
        longer = [word.end - word.start > 0.6 for word in spoken.words]
        assert any(longer), "healthy speech halts as well"
        assert spoken.length > 1.1 * 5 * RATE
        assert stuttering.length == pytest.approx(spoken.length, rel=0.3)


def test_what_was_read_is_as_it_was_or_through_a_codec_and_half_of_the_rest_over_a_telephone(tmp_path: Path) -> None:
    """And the same seed gives the same recordings."""
    speakers = [Speaker("anne", [Take(speech(2, 1), FRENCH[:2], "fr")] * 32)]
    for name in ("one", "two"):
        write(speakers, tmp_path / name, 5)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    rows = pyarrow.parquet.read_table(tmp_path / "one" / "list.parquet").to_pylist()
    halting = [row for row in rows if "halting" in row["group"]]
    fluent = [row for row in rows if row not in halting]
    assert [row["judged"] for row in fluent] == [["rhotacism", "fricative_g"] if n % 12 else None for n in range(32)]
    read = [soundfile.read(tmp_path / "one" / row["file"], dtype="int16")[0] for row in fluent]
    assert [bool((pcm == speech(2, 1)).all()) for pcm in read[::2]] == [True] * 16
    assert not all((pcm == speech(2, 1)).all() for pcm in read[1::2])
    later = [row["words"][0]["start"] > 0 for row in halting]
    assert not any(row["judged"] for row in halting)
    assert len(later) == 16
    assert 4 <= sum(later) <= 12, "a line has silence before what is said"


def test_a_long_take_is_cut_where_it_pauses(tmp_path: Path) -> None:
    words = tuple(
        SpokenWord("amare", 400 * n + 300 * (n // 10), 400 * n + 300 * (n // 10) + 380, 0.9) for n in range(40)
    )
    take = Take(speech(17, 1), words, "it")
    cut = parts(take)
    assert [len(part.words) for part in cut] == [20, 20]
    assert np.array_equal(np.concatenate([part.pcm for part in cut]), take.pcm)
    assert cut[1].words[0].start_ms == pytest.approx(160, abs=1)


class Listener:
    """Stands for Whisper: says what it is told to say, and how often it was asked."""

    def __init__(self, *words: SpokenWord) -> None:
        self.model, self.words, self.asked = Model("none", "0"), words, 0

    def listen(self, samples: np.ndarray, language: str) -> Heard:
        self.asked += 1
        return Heard(self.words, language)

    def align(self, samples: np.ndarray, words: Sequence[str], language: str) -> tuple[SpokenWord, ...]:
        self.asked += 1
        assert [word.text for word in self.words] == list(words)
        return self.words


def record(folder: Path, **lengths: float) -> Path:
    """Recordings of so many seconds, each of its own noise."""
    folder.mkdir(exist_ok=True)
    for seed, (name, seconds) in enumerate(lengths.items()):
        soundfile.write(folder / f"{name}.wav", speech(10, seed)[: int(seconds * RATE)], RATE)
    return folder


def put_together(folder: Path, listener: Listener, kept: Path, minutes: float | None = None) -> list[Take]:
    return takes(folder, "fr", listener, kept, lambda done, total: None, minutes)  # type: ignore[arg-type]


def test_known_texts_are_found_within_their_own_recording(tmp_path: Path) -> None:
    """Of what was found elsewhere a few words are spread over it, and of what says something else nothing is sure."""
    folder = record(tmp_path / "anne", a=1, b=1, c=1, unlisted=1)
    texts = "file,text\na.wav,Le rat.\nb.wav,Rond!\nc.wav,rue grise\n"
    (folder / "transcripts.csv").write_text(texts, "utf-8")
    found = [("le", 0, 400, 0.9), ("rat", 400, 1300, 0.9), ("rond", 1300, 1440, 0.9), ("rue", 1440, 1500, 0.02)]
    listener = Listener(*(SpokenWord(*word) for word in found), SpokenWord("grise", 3500, 3900, 0.02))
    (take,) = put_together(folder, listener, tmp_path / "words")
    assert len(take.pcm) == 4.5 * RATE, "three recordings with quiet after each"
    assert [(word.text, word.start_ms, word.end_ms, word.probability) for word in take.words] == [
        ("le", 0, 400, 1.0),
        ("rat", 400, 1000, 1.0),
        ("rond", 1500, 2500, 1.0),
        ("rue", 3000, 3500, 0.0),
        ("grise", 3500, 4000, 0.0),
    ]


def test_a_text_without_words_has_none(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=1)
    (folder / "transcripts.csv").write_text("file,text\na.wav,…\n", "utf-8")
    listener = Listener()
    assert put_together(folder, listener, tmp_path / "words")[0].words == ()
    assert listener.asked == 0


def test_what_was_heard_once_is_kept_and_known_by_its_sound(tmp_path: Path) -> None:
    listener = Listener(*FRENCH)
    for name in ("anne", "paola", "anne"):
        put_together(record(tmp_path / name, a=1, b=1 + (name == "anne")), listener, tmp_path / "words")
    assert listener.asked == 2, "two folders of one language are two"


def test_the_same_recording_is_taken_once_and_of_a_stereo_one_the_louder_channel(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=2)
    silent_first = np.stack([np.zeros(2 * RATE, np.int16), speech(2, 9)], 1)
    for name in ("b", "c"):
        soundfile.write(folder / f"{name}.wav", silent_first, RATE)
    (take,) = put_together(folder, Listener(), tmp_path / "words")
    assert len(take.pcm) == 5 * RATE
    assert (take.pcm[int(2.5 * RATE) :][: 2 * RATE] == speech(2, 9)).all()


def test_so_many_minutes_come_from_everywhere(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", **{f"r{number}": 6 for number in range(8)})
    (take,) = put_together(folder, Listener(), tmp_path / "words", 0.31)
    starts = np.arange(3) * int(6.5 * RATE)
    assert len(take.pcm) == 3 * 6.5 * RATE
    for start, seed in zip(starts, (2, 5, 7), strict=True):
        assert (take.pcm[start : start + 6 * RATE] == speech(10, seed)[: 6 * RATE]).all()


def test_a_word_found_elsewhere_is_not_sure_in_a_long_recording(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=5)
    (folder / "transcripts.csv").write_text("file,text\na.wav,un deux trois quatre cinq\n", "utf-8")
    starts = {"un": 0, "deux": 900, "trois": 1800, "quatre": 5100, "cinq": 5200}
    listener = Listener(*(SpokenWord(word, start, start + 100, 0.9) for word, start in starts.items()))
    (take,) = put_together(folder, listener, tmp_path / "words")
    assert [word.probability for word in take.words] == [1, 1, 1, 0, 0]


def test_a_table_that_lists_what_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=1)
    (folder / "transcripts.csv").write_text("file,text\na.wav,un\nb.wav,deux\n", "utf-8")
    with pytest.raises(DiktorError, match=r"lists 1 recordings that are not there, b\.wav for one"):
        put_together(folder, Listener(), tmp_path / "words")


def test_a_recording_that_is_too_short_for_its_text_says_something_else(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=1)
    (folder / "transcripts.csv").write_text("file,text\na.wav,marronnier remarquable\n", "utf-8")
    said = Listener(SpokenWord("marronnier", 0, 500, 0.9), SpokenWord("remarquable", 500, 1000, 0.9))
    assert {word.probability for word in put_together(folder, said, tmp_path / "w")[0].words} == {1.0}
    (folder / "transcripts.csv").write_text("file,text\na.wav,marronnier remarquables très\n", "utf-8")
    said.words = (*said.words[:1], SpokenWord("remarquables", 500, 900, 0.9), SpokenWord("très", 900, 1000, 0.9))
    assert {word.probability for word in put_together(folder, said, tmp_path / "w")[0].words} == {0.0}


def test_a_known_word_begins_and_ends_with_its_sound(tmp_path: Path) -> None:
    folder = tmp_path / "anne"
    folder.mkdir()
    pcm = speech(2, 1)
    pcm[: RATE // 2] //= 100
    pcm[RATE:] //= 100
    soundfile.write(folder / "a.wav", pcm, RATE)
    (folder / "transcripts.csv").write_text("file,text\na.wav,rat\n", "utf-8")
    (take,) = put_together(folder, Listener(SpokenWord("rat", 0, 2000, 0.9)), tmp_path / "words")
    (word,) = take.words
    assert (word.start_ms, word.end_ms, word.probability) == (500, 1000, 1.0)


def test_a_text_too_long_to_be_found_is_not_sure(tmp_path: Path) -> None:
    folder = record(tmp_path / "anne", a=9)
    (folder / "transcripts.csv").write_text("file,text\na.wav," + "répéter " * 40, "utf-8")
    (take,) = put_together(folder, Listener(), tmp_path / "words")
    assert {word.probability for word in take.words} == {0.0}


def test_the_command_hears_folders_and_refuses_a_language_that_it_cannot_spell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With words that no Whisper need hear."""
    monkeypatch.setattr(Recogniser, "listen", lambda listener, samples, language: Heard(FRENCH, language))
    options = []
    for language, name in (("fr", "anne"), ("it", "paola")):
        options += ["--speech", f"{language}={record(tmp_path / name, **{name: 6})}"]
    places = ["--words", str(tmp_path / "words"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, [*options, *places, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert msgspec.json.decode(done.stdout.splitlines()[-1])["recordings"] == 6
    assert len(list((tmp_path / "out").glob("*.wav"))) == 6
    with pytest.raises(DiktorError, match="how r and g are spelled in de is not known"):
        CliRunner().invoke(command, ["--speech", f"de={tmp_path / 'anne'}", *places], catch_exceptions=False)


def test_two_speakers_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="two folders have one name"):
        write([Speaker("anne", []), Speaker("anne", [])], tmp_path / "out", 1)
