"""How two releases differ on windows that both scored: agreement, and how far and whither probabilities drift."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from diktor.releases.document import Release

BINS = 10
FLOOR = 1e-4
"""Share of an empty bin, so that its logarithm is finite."""

QUANTILES = (0.05, 0.5, 0.95)


class Drift(Struct, frozen=True):
    """One defect. `agreement`: share of windows on the same side of the threshold. `difference`: second − first, mean;
    `low`, `median`, `high`: its quantiles at 5, 50 and 95 %. `ks`: the largest distance of the two distributions
    (Kolmogorov and Smirnov). `psi`: population stability index over the first release's deciles; above 0.2 it is said
    to have moved.
    """

    defect: str
    agreement: float
    first: float
    second: float
    difference: float
    low: float
    median: float
    high: float
    ks: float
    psi: float


def drifts(
    releases: tuple[Release, Release], first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[Drift, ...]:
    """For every defect that both releases know, from their probabilities (K, D) and (K, E) of K > 0 windows."""
    names = [[defect.name for defect in release.defects] for release in releases]
    return tuple(
        _drift(name, first[:, place], second[:, names[1].index(name)])
        for place, name in enumerate(names[0])
        if name in names[1]
    )


def _drift(name: str, first: NDArray[np.float64], second: NDArray[np.float64]) -> Drift:
    apart = second - first
    low, median, high = np.quantile(apart, QUANTILES)
    found = (
        ((first >= 0.5) == (second >= 0.5)).mean(), first.mean(), second.mean(), apart.mean(),
        low, median, high, _ks(first, second), _psi(first, second),
    )  # fmt: skip
    return Drift(name, *(round(float(value), 4) for value in found))


def _ks(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    at = np.concatenate([first, second])
    shares = (np.searchsorted(np.sort(values), at, "right") / len(values) for values in (first, second))
    return float(np.abs(np.subtract(*shares)).max())


def _psi(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    edges = np.unique(np.quantile(first, np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = []
    for values in (first, second):
        counts = np.bincount(np.searchsorted(edges, values, "right"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / len(values), FLOOR))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
