"""What is counted in a text."""

from diktor.exercises.text import features, syllables


def test_letters_count_where_they_are_spoken() -> None:
    found = features("Его друг сегодня у города Гагра.")
    assert (found.r, found.g) == (3, 3)  # друг, города, Гагра; its г, two of Гагра's; not его, друг, сегодня
    assert (found.with_r, found.with_g) == (3, 2)


def test_openings_are_words_that_begin_with_a_plosive_and_no_prepositions() -> None:
    assert features("К дому по полю катит тележка, а в ней дыня.").openings == 6


def test_stress_marks_and_case_change_nothing() -> None:
    assert features("Со́рок СОРО́К") == features("сорок сорок")
    assert syllables("Ёлки-па́лки") == 4


def test_clusters_and_alternating_sounds_make_a_text_harder() -> None:
    assert features("У Раи рыжая корова.").difficulty == "easy"
    assert features("Пекарь Пётр пёк пироги.").difficulty == "easy"
    assert features("Карл у Клары украл кораллы, а Клара у Карла украла кларнет.").difficulty == "hard"
