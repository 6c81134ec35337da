"""Single checks on the wire: a recording's risks, verdicts and the places where a defect was heard."""

import msgspec

from diktor.rows import VerdictName


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where a defect was heard, in seconds from the recording's start, and how strongly at most (0 to 1)."""

    start_s: float
    end_s: float
    score: float


class DefectFound(msgspec.Struct, frozen=True, kw_only=True):
    """One defect on one channel. Risk 0 to 100, the threshold lies at 50; none where there is too little to judge by.

    `markers`: how many of the sounds were heard by which it is told (0 for stuttering, which has none).
    """

    defect: str
    verdict: VerdictName
    risk: float | None
    markers: float
    evidence: list[Evidence]


class ChannelChecked(msgspec.Struct, frozen=True, kw_only=True):
    """One channel, in the file's order: mono is `mixed`, stereo `operator` and `customer`."""

    channel: str
    duration_s: float
    speech_s: float
    windows: int
    defects: list[DefectFound]


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds by the clock."""

    decode_s: float
    score_s: float


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check says. A score is a hint to a human, no diagnosis."""

    release: int
    codec: str
    channels: list[ChannelChecked]
    timings: Timings


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """One class: 0 none, 1 rhotacism, 2 fricative г, 3 stuttering; and the four's probabilities, which sum to 1."""

    predict: int
    predict_proba: list[float]
