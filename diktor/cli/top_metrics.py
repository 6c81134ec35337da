"""Reading metrics in Prometheus' text form: totals, rates between two looks, quantiles of histograms."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

Labels = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """What a part said at a moment; empty when it did not answer."""

    at: float = 0.0
    values: dict[str, list[tuple[Labels, float]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it answered."""
        return bool(self.values)

    def of(self, name: str, **labels: str) -> list[tuple[Labels, float]]:
        """The values of a metric whose labels include these."""
        return [(own, value) for own, value in self.values.get(name, []) if labels.items() <= own.items()]

    def total(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(value for _, value in self.of(name, **labels))

    def largest(self, name: str) -> float:
        """The largest of them, or 0."""
        return max((value for _, value in self.of(name)), default=0.0)

    def values_of(self, name: str, label: str) -> list[str]:
        """What a label says, in the order given."""
        return [own[label] for own, _ in self.of(name)]


def sampled(url: str, seconds: float = 2.0) -> Sample:
    """A part's metrics now; empty when it does not answer."""
    try:
        answer = httpx.get(url, timeout=seconds).raise_for_status()
    except httpx.HTTPError:
        return Sample()
    return parsed(answer.text)


def parsed(text: str) -> Sample:
    """Metrics in text form."""
    values: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(text):
        for item in family.samples:
            values.setdefault(item.name, []).append((dict(item.labels), item.value))
    return Sample(time.monotonic(), values)


def rate(before: Sample | None, now: Sample, name: str) -> float:
    """A counter's increase per second; a restarted part counts from 0."""
    if not before or not now or now.at <= before.at:
        return 0.0
    first, last = before.total(name), now.total(name)
    return (last - first if last >= first else last) / (now.at - before.at)


def quantile(before: Sample | None, now: Sample, name: str, share: float) -> float:
    """A histogram's quantile between two looks (of all time when nothing came between), by linear interpolation."""
    late = _buckets(now.of(f"{name}_bucket"))
    early = _buckets(before.of(f"{name}_bucket")) if before else {}
    counts = {edge: count - early.get(edge, 0.0) for edge, count in late.items()}
    if not counts or max(counts.values()) <= 0 or min(counts.values()) < 0:
        counts = late
    wanted, last_edge, last_count = share * max(counts.values(), default=0.0), 0.0, 0.0
    for edge, count in sorted(counts.items()):
        if count >= wanted > 0:
            if edge == float("inf"):
                return last_edge
            return last_edge + (edge - last_edge) * (wanted - last_count) / max(count - last_count, 1e-9)
        last_edge, last_count = edge, count
    return 0.0


def _buckets(values: Iterable[tuple[Labels, float]]) -> dict[float, float]:
    """Upper edge → how many lie at or below it."""
    found: dict[float, float] = {}
    for labels, count in values:
        edge = float(labels["le"])
        found[edge] = found.get(edge, 0.0) + count
    return found
