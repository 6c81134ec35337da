"""What a check says of a recording."""

from typing import NamedTuple

from diktor.rows import ChannelVerdict


class Check(NamedTuple):
    """A recording's verdict by a release: a channel's place is its place in the file.

    `decode_s` and `score_s` are seconds by the clock: for decoding it, and for finding speech and scoring windows.
    """

    release: int
    codec: str
    channels: tuple[ChannelVerdict, ...]
    decode_s: float
    score_s: float
