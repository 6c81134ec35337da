from diktor.audio.grid import Grid
from diktor.learning.transcription.counting import Counted, count
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript

MODEL = Model("test", "0" * 64)


def _counted(*words: SpokenWord, duration_ms: int = 9000, least: float = 0.5) -> Counted:
    transcript = Transcript("call.wav", "d", MODEL, "ru", "ru", duration_ms, (words,))
    (channel,) = count(transcript, Grid(), least)
    return channel


def test_every_window_of_the_grid_is_there_and_counts_its_own_letters() -> None:
    counted = _counted(SpokenWord("гора", 4600, 5400, 0.9))
    assert [(w.start_ms, w.end_ms) for w in counted.windows] == [(0, 5000), (4000, 9000)]
    assert [w.markers for w in counted.windows] == [(0, 1), (1, 1)], "р lies at 5100, г at 4700"
    assert [w.confidence for w in counted.windows] == [0.9, 0.9]
    assert not any(w.uncertain for w in counted.windows)


def test_a_word_below_the_confidence_is_left_out_and_makes_its_windows_uncertain() -> None:
    counted = _counted(SpokenWord("рука", 100, 500, 0.9), SpokenWord("гром", 700, 1100, 0.3))
    first, second = counted.windows
    assert (first.markers, first.uncertain, first.confidence) == ((1, 0), True, 0.3)
    assert (second.markers, second.uncertain, second.confidence) == ((0, 0), False, 1.0)
    assert [word.markers for word in counted.words] == [(1, 0), (1, 1)], "what it was heard as stays visible"


def test_a_number_in_digits_is_never_certain() -> None:
    counted = _counted(SpokenWord("4", 100, 500, 0.99), duration_ms=3000, least=0.1)
    assert [(w.end_ms, w.uncertain) for w in counted.windows] == [(3000, True)]


def test_each_channel_is_counted_apart() -> None:
    words = (SpokenWord("рука", 0, 400, 0.9),)
    transcript = Transcript("call.wav", "d", MODEL, "ru", "ru", 1000, (words, ()))
    operator, customer = count(transcript, Grid(), 0.5)
    assert (operator.channel, operator.windows[0].markers) == (0, (1, 0))
    assert (customer.channel, customer.words, customer.windows[0].markers) == (1, (), (0, 0))
