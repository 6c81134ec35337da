"""The contrast of languages: which words have an r, and that a network which hears r passes and one that hears the
speaker does not."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diktor.cli.learn_contrast import contrast as command
from diktor.defects import DEFAULT
from diktor.errors import DiktorError
from diktor.learning.contrast.compare import Contrast, contrast
from diktor.learning.ensemble import MemberOutputs
from diktor.learning.foreign.spelling import has_r, spoken
from diktor.learning.foreign.takes import Take, takes
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.transcription.whisper import Heard, Recogniser, recogniser
from diktor.releases import RATE
from diktor.scoring.parameters import neutral
from tests.support.processes import ROOT


@pytest.mark.parametrize(
    ("word", "language", "found"),
    [
        ("Rappeler,", "fr", True),
        ("appuyer", "fr", None),
        ("monsieur", "fr", None),
        ("mer", "fr", True),
        ("hiver", "fr", True),
        ("allô", "fr", False),
        ("premiers", "fr", True),
        ("papiers", "fr", None),
        ("chiamare", "it", True),
        ("7", "es", None),
    ],
)
def test_whether_an_r_is_spoken(word: str, language: str, found: bool | None) -> None:
    assert has_r(word, language) is found


@pytest.mark.parametrize(
    ("word", "language", "found"),
    [
        ("llegar", "es", True),
        ("tengo", "es", None),
        ("gato", "es", None),
        ("gente", "es", None),
        ("bajo", "es", None),
        ("mesa", "es", False),
        ("leggo", "it", True),
        ("pagina", "it", None),
        ("casa", "it", False),
    ],
)
def test_whether_a_g_is_spoken_as_the_language_usually_has_it(word: str, language: str, found: bool | None) -> None:
    assert spoken(word, language, "г") is found


class Hearing:
    """An ensemble of one member that hears a uvular r where samples are odd, or a voice where they are loud."""

    parameters = neutral(DEFAULT)

    def __init__(self, what: str, place: int = 0) -> None:
        self.what, self.place, self.listened = what, place, 0

    def listen(self, pcm: np.ndarray) -> MemberOutputs:
        self.listened += 1
        frames = pcm.reshape(250, 160)
        letter = (frames[:, 0] == 1) | (frames[:, 0] == 2)
        heard = frames[:, 0] == 1 if self.what == "sound" else frames[:, 1] == 7
        rate, logits = np.zeros((1, 250, 2), np.float32), np.full((1, 250, 3), -4.0, np.float32)
        rate[0, letter, self.place] = 0.3
        logits[0, heard, self.place] = 4.0
        return MemberOutputs(rate, logits, logits)


def take(language: str, r: int, voice: int, word: str = "prat") -> Take:
    """Forty words, every other one with a letter of four frames in it, `r` 1 (as in the defect) or 2."""
    pcm, words = np.full(40 * 3200, 5, np.int16), []
    for number in range(40):
        frames = pcm[number * 3200 : (number + 1) * 3200].reshape(20, 160)
        frames[:, 1] = voice
        if number % 2:
            frames[8:12, 0] = r
        words.append(SpokenWord(word if number % 2 else "pat", number * 400 + 60, number * 400 + 340, 0.9))
    return Take(pcm, tuple(words), language)


def test_a_network_that_hears_the_sound_passes_with_its_control_and_one_that_hears_the_voice_does_not() -> None:
    asked = {"rhotacism": ([take("fr", 1, 7)], [take("it", 2, 0)])}
    (sound,) = contrast(asked, Hearing("sound"), DEFAULT)  # type: ignore[arg-type]
    assert (sound.by_logit["letter"], sound.by_logit["control"], sound.by_logit["inside"]) == (1.0, 0.5, 1.0)
    assert sound.counted == {
        "own, letter": 1.0,
        "own, no letter": 0.0,
        "others, letter": 1.0,
        "others, no letter": 0.0,
    }
    (voice,) = contrast(asked, Hearing("voice"), DEFAULT)  # type: ignore[arg-type]
    assert voice.by_logit["letter"] == 1.0
    assert voice.by_logit["control"] == 1.0


def test_a_network_is_asked_for_spanish_gs_as_for_french_rs() -> None:
    sets = [take("es", 1, 7, "lago")], [take("it", 2, 0, "lago")]
    (found,) = contrast({"fricative_g": sets}, Hearing("sound", 1), DEFAULT)  # type: ignore[arg-type]
    assert found.defect == "fricative_g"
    assert (found.by_logit["letter"], found.by_logit["control"], found.by_logit["inside"]) == (1.0, 0.5, 1.0)
    with pytest.raises(DiktorError, match="nothing here hears sigmatism"):
        contrast({"sigmatism": sets}, Hearing("sound"), DEFAULT)  # type: ignore[arg-type]


def test_languages_go_in_pairs_and_g_is_asked_for_where_its_spelling_is_known(tmp_path: Path) -> None:
    words = ["--words", str(tmp_path), "--repository", str(ROOT / "triton_models")]
    alone = CliRunner().invoke(command, ["--uvular", f"fr={tmp_path}", *words])
    assert alone.exit_code == 2
    assert "give a pair or both" in alone.output
    pair = ["--fricative", f"es={tmp_path}", "--stop", f"de={tmp_path}"]
    with pytest.raises(DiktorError, match="how r and g are spelled in de is not known"):
        CliRunner().invoke(command, [*pair, *words], catch_exceptions=False)


def test_what_is_asked_for_both_defects_is_heard_once() -> None:
    spanish, italian, french = take("es", 1, 7, "lagro"), take("it", 2, 0, "lagro"), take("fr", 1, 7)
    counts = []
    for asked in (
        {"rhotacism": ([french], [italian, spanish])},
        {"rhotacism": ([french], [italian, spanish]), "fricative_g": ([spanish], [italian])},
    ):
        network = Hearing("sound")
        contrast(asked, network, DEFAULT)  # type: ignore[arg-type]
        counts.append(network.listened)
    assert counts[0] == counts[1] > 0


def test_an_unknown_codec_is_refused_by_name() -> None:
    with pytest.raises(DiktorError, match="there is no codec mp3-9"):
        contrast({"rhotacism": ([], [])}, Hearing("sound"), DEFAULT, "mp3-9")  # type: ignore[arg-type]


def test_silence_is_no_speech(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", np.zeros(8000, np.int16), 8000)
    with pytest.raises(DiktorError, match="holds no speech"):
        takes(tmp_path, "fr", recogniser("offline", 1), tmp_path / "words", lambda done, total: None)


def test_codecs_heard_at_once_say_what_they_say_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped release on ten seconds of a sample call each, with words that no Whisper need hear."""
    samples, rate = soundfile.read(ROOT / "assets" / "calls" / "call-03.wav", dtype="int16", always_2d=True)
    assert rate == RATE
    spoken = tuple(SpokenWord("prat" if k % 2 else "pat", k * 400, k * 400 + 380, 0.9) for k in range(25))
    monkeypatch.setattr(Recogniser, "listen", lambda listener, samples, language: Heard(spoken, language))
    for place, language in enumerate(("fr", "it")):
        (tmp_path / language).mkdir()
        piece = samples[place * 10 * RATE : (place + 1) * 10 * RATE, 0]
        soundfile.write(tmp_path / language / "prompt.wav", piece, RATE)
    sets = [
        "--uvular",
        f"fr={tmp_path / 'fr'}",
        "--alveolar",
        f"it={tmp_path / 'it'}",
        "--words",
        str(tmp_path / "words"),
    ]
    release = ["--repository", str(ROOT / "triton_models"), "--codec", "mp3-8", "--codec", "none", "--json"]
    said = []
    for jobs in ("1", "2"):
        result = CliRunner().invoke(command, [*sets, *release, "--jobs", jobs], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        said.append(msgspec.json.decode(result.stdout, type=list[Contrast]))
    assert said[0] == said[1]
    assert [table.codec for table in said[0]] == ["mp3-8", "none"]
    assert said[0][0].by_logit != said[0][1].by_logit
