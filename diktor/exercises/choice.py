"""Which text is given next: a language model's if there is one, an unseen one of the collection, a made one."""

import random
from collections.abc import Set

from diktor.errors import QueryError
from diktor.exercises.collection import Twister, collection
from diktor.exercises.criteria import meets
from diktor.exercises.generator import generate
from diktor.exercises.language_model import LanguageModel
from diktor.wire.training import Criteria

_SEEDS = 20
"""So many generated texts may be seen ones before one is given again."""


async def choose(criteria: Criteria, seen: Set[str], seed: int, model: LanguageModel | None = None) -> Twister:
    """A text that meets the criteria; `seen` are the keys of those given before.

    Raises:
        QueryError: there is no such text.
    """
    if model is not None and (composed := await model.compose(criteria)) is not None:
        return composed
    fitting = [item for item in collection() if meets(criteria, item.features)]
    chance = random.Random(seed)
    if unseen := [item for item in fitting if item.key not in seen]:
        return chance.choice(unseen)
    return _made(criteria, seen, chance, fitting)


def _made(criteria: Criteria, seen: Set[str], chance: random.Random, fitting: list[Twister]) -> Twister:
    found = None
    try:
        for _ in range(_SEEDS):
            found = generate(criteria, chance.getrandbits(32))
            if found.key not in seen:
                return found
    except QueryError:
        if not fitting:
            raise
    return found or chance.choice(fitting)
