"""A bound on what is held: taking beyond it waits until something is given back."""

import asyncio


class Budget:
    """So many units; one taker may exceed it alone, so that a single large item still passes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0
        self._freed = asyncio.Event()

    @property
    def used(self) -> int:
        """What is held now."""
        return self._used

    async def take(self, amount: int) -> None:
        """Hold `amount` more, waiting for room."""
        while self._used and self._used + amount > self._size:
            self._freed.clear()
            await self._freed.wait()
        self._used += amount

    def give(self, amount: int) -> None:
        """Give back."""
        self._used -= amount
        self._freed.set()
