"""What of a text is marked for its reader."""

from diktor.exercises.collection import collection
from diktor.exercises.marked import pieces
from diktor.exercises.text import features, written


def test_letters_are_marked_where_they_are_spoken() -> None:
    found = [(piece.text, piece.word) for piece in pieces("Его друг у го́рода Гагра.", {"r", "g"}) if piece.marked]
    assert found == [("р", 1), ("г", 3), ("р", 3), ("Г", 4), ("г", 4), ("р", 4)]


def test_openings_are_marked_at_their_first_letter() -> None:
    found = [piece.word for piece in pieces("К дому по полю.", {"openings"}) if piece.marked]
    assert found == [1, 2, 3]


def test_pieces_are_the_text_and_mark_what_is_counted() -> None:
    for item in collection():
        found = list(pieces(item.text, {"r", "g"}))
        assert "".join(piece.text for piece in found) == item.text
        assert sum(piece.marked for piece in found) == item.features.r + item.features.g
        assert len({piece.word for piece in found} - {None}) == len(written(item.text)) == features(item.text).words
