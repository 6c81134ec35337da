"""How two releases differ on windows that both scored: agreement, and how far and whither probabilities drift."""

import numpy as np
from numpy.typing import NDArray

from diktor.releases.document import Release
from diktor.wire.models import Drift

BINS = 10
FLOOR = 1e-4
"""Share of an empty bin, so that its logarithm is finite."""

QUANTILES = (0.05, 0.5, 0.95)


def drifts(releases: tuple[Release, Release], first: NDArray[np.float64], second: NDArray[np.float64]) -> list[Drift]:
    """For every defect that both releases know, from their probabilities (K, D) and (K, E) of K > 0 windows."""
    names = [[defect.name for defect in release.defects] for release in releases]
    return [
        _drift(name, first[:, place], second[:, names[1].index(name)])
        for place, name in enumerate(names[0])
        if name in names[1]
    ]


def _drift(name: str, first: NDArray[np.float64], second: NDArray[np.float64]) -> Drift:
    apart = second - first
    low, median, high = np.quantile(apart, QUANTILES)
    return Drift(
        defect=name,
        agreement=_rounded(((first >= 0.5) == (second >= 0.5)).mean()),
        first=_rounded(first.mean()),
        second=_rounded(second.mean()),
        difference=_rounded(apart.mean()),
        low=_rounded(low),
        median=_rounded(median),
        high=_rounded(high),
        ks=_rounded(_ks(first, second)),
        psi=_rounded(_psi(first, second)),
    )


def _rounded(value: float) -> float:
    return round(float(value), 4)


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
