from pathlib import Path

import numpy as np
import pytest

from diktor.errors import DiktorError
from diktor.learning.transcription.whisper import recogniser


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(DiktorError, match=r"no model enormous\. Use offline, .*large-v3"):
        recogniser("enormous", 1)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match=r"holds no model\.bin"):
        recogniser(str(tmp_path), 1)


def test_a_folder_with_something_else_is_refused_when_it_shall_listen(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    found = recogniser(str(tmp_path), 1)
    assert found.model.name == tmp_path.name
    with pytest.raises(DiktorError, match="no Whisper model for CTranslate2"):
        found.listen(np.zeros(16_000, np.float32), "ru")


def test_a_language_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(DiktorError, match="does not know the language martian"):
        recogniser("offline", 1).listen(np.zeros(16_000, np.float32), "martian")
