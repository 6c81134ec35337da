"""What is said of an attempt: one plain sentence each, in Russian and in English."""

from collections.abc import Sequence

from diktor.scoring.verdict import named
from diktor.wire.training import Outcome, Part, Place, Sentence

_NAMED = 3
"""So many words are named in a sentence."""

_SOUNDS: dict[Part, tuple[str, str]] = {"r": ("[р]", "[r]"), "g": ("[г]", "[g]")}

REFUSALS: dict[Outcome, Sentence] = {
    "unreadable": Sentence(
        ru="Запись не удалось прочитать: нужен обычный звуковой файл не длиннее двух минут.",
        en="The recording cannot be read: send an ordinary audio file of two minutes at most.",
    ),
    "too_short": Sentence(ru="Запись слишком короткая.", en="The recording is too short."),
    "clipped": Sentence(
        ru="Запись перегружена: говорите тише или дальше от микрофона.",
        en="The recording is overloaded: speak more quietly, or further from the microphone.",
    ),
    "silence": Sentence(
        ru="Речи не слышно: проверьте микрофон и говорите громче.",
        en="No speech is heard: check the microphone and speak up.",
    ),
    "wrong_text": Sentence(
        ru="Услышано не то, что в упражнении: прочитайте текст целиком.",
        en="What was heard is not the exercise: read the whole text.",
    ),
    "failed": Sentence(
        ru="Попытку не удалось оценить: запишите её ещё раз.", en="The attempt could not be scored: record it again."
    ),
}
"""Why an attempt was not scored."""


def sound(part: Part, risk: float, places: Sequence[Place]) -> Sentence:
    """Of р or г."""
    ru, en = _SOUNDS[part]
    match named(risk):
        case "none":
            return Sentence(ru=f"Звук {ru} звучит чисто.", en=f"The sound {en} is clear.")
        case "possible":
            return Sentence(
                ru=f"Звук {ru} местами звучит нечисто{_where(places)}.",
                en=f"The sound {en} is unclear at times{_where(places)}.",
            )
    return Sentence(ru=f"Звук {ru} звучит нечисто{_where(places)}.", en=f"The sound {en} is unclear{_where(places)}.")


def fluency(risk: float, places: Sequence[Place]) -> Sentence:
    """Of stuttering."""
    match named(risk):
        case "none":
            return Sentence(ru="Речь плавная.", en="The speech is fluent.")
        case "possible":
            return Sentence(
                ru=f"Слышны отдельные запинки{_where(places)}.", en=f"There are a few stumbles{_where(places)}."
            )
    return Sentence(ru=f"Слышны запинки{_where(places)}.", en=f"There are stumbles{_where(places)}.")


def not_enough(part: Part, times: int) -> Sentence:
    """Of a part that cannot be judged; said so often in a row the text has enough."""
    often = f"повторите текст {times} раза подряд" if 1 < times < 5 else f"повторите текст {max(2, times)} раз подряд"
    if part == "fluency":
        return Sentence(
            ru=f"Речи слишком мало, чтобы судить о плавности: {often}.",
            en=f"There is too little speech to judge its fluency: say the text {max(2, times)} times in a row.",
        )
    ru, en = _SOUNDS[part]
    if times == 0:
        return Sentence(ru=f"В этом тексте нет звука {ru}.", en=f"This text has no sound {en}.")
    return Sentence(
        ru=f"Звука {ru} слишком мало, чтобы судить: {often}.",
        en=f"There is too little of the sound {en} to judge: say the text {max(2, times)} times in a row.",
    )


def tempo(rate: float, slow: bool, fast: bool) -> Sentence:
    """Of the syllables a second."""
    ru, en = f"{rate:.1f}".replace(".", ","), f"{rate:.1f}"
    said_ru = "медленно" if slow else "слишком быстро" if fast else "хороший темп"
    said_en = "slow" if slow else "too fast" if fast else "a good tempo"
    return Sentence(ru=f"{ru} слога в секунду: {said_ru}.", en=f"{en} syllables per second: {said_en}.")


def completeness(said: int, of: int, missed: Sequence[Place]) -> Sentence:
    """Of the words that were heard."""
    if said == of:
        return Sentence(ru="Произнесены все слова.", en="Every word was said.")
    return Sentence(
        ru=f"Услышано слов: {said} из {of}; не услышаны{_where(missed)}.",
        en=f"{said} of {of} words were heard; not heard{_where(missed)}.",
    )


def total(mastery: float | None) -> Sentence:
    """Of the whole attempt."""
    if mastery is None:
        return Sentence(ru="Оценить нечего: слишком мало речи.", en="There is nothing to score: too little speech.")
    said_ru = "отлично" if mastery >= 85 else "хорошо" if mastery >= 65 else "есть над чем работать"
    said_en = "excellent" if mastery >= 85 else "good" if mastery >= 65 else "there is something to work on"
    return Sentence(ru=f"Итог {mastery:.0f} из 100: {said_ru}.", en=f"{mastery:.0f} of 100: {said_en}.")


def _where(places: Sequence[Place]) -> str:
    named_ = list(dict.fromkeys(place.word for place in places))[:_NAMED]
    return ": " + ", ".join(f"«{word}»" for word in named_) if named_ else ""
