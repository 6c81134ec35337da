"""What the model card says of the speech behind a release."""

import msgspec

from diktor.learning.export.card import model_card
from diktor.releases import load_release
from tests.support.processes import ROOT


def card_of(voices: dict[str, list[str]], recorded: dict[str, object]) -> str:
    """The card of the shipped release as if it had been trained on other speech, on one line."""
    shipped = load_release(ROOT / "triton_models", 1)
    metrics = {**shipped.metrics, "splits": voices, "recorded": recorded}
    return " ".join(model_card(msgspec.structs.replace(shipped, metrics=metrics)).split())


def test_a_release_from_synthetic_speech_alone_says_so() -> None:
    card = card_of({"train": ["Anna"], "dev": ["festival"], "test": ["Irina"]}, {})
    assert "the speech of Anna, text-to-speech voices" in card
    assert "No recording of a person was used." in card
    assert "and every voice is synthetic" in card


def test_recordings_that_joined_in_training_are_named_with_their_minutes_and_are_no_synthetic_voices() -> None:
    voices = {"train": ["Anna", "paola", "2 unknown"], "dev": ["festival"], "test": ["Irina"]}
    recorded = {"train": {"speakers": ["2 unknown", "paola"], "minutes": 58.85}}
    card = card_of(voices, recorded)
    assert "the speech of Anna, text-to-speech voices" in card
    assert "Recordings, 59 minutes: 2 unknown, paola." in card
    assert "No recording of a person" not in card
    assert "and those held out are synthetic" in card


def test_a_release_from_recordings_alone_has_no_synthetic_voices() -> None:
    recorded = {name: {"speakers": [name], "minutes": 5} for name in ("train", "dev", "test")}
    card = card_of({name: [name] for name in ("train", "dev", "test")}, recorded)
    assert "Recordings, 5 minutes: train." in card
    assert "text-to-speech" not in card
    assert "synthetic." not in card.split("## What it reached")[1].split("The defects of all three")[0]
