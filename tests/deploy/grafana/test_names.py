"""Dashboards and alerts speak of metrics that there are, and every metric is shown somewhere."""

import json
import re

import prometheus_client
import pytest
import yaml

from diktor import metrics
from tests.support.processes import ROOT

FOLDER = ROOT / "deploy" / "grafana"
NAME = re.compile(r"\bdiktor_\w+")


SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def known() -> dict[str, set[str]]:
    """Every name that Prometheus will have, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, prometheus_client.metrics.MetricWrapperBase):
            for family in metric.describe():
                suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[
                    family.type
                ]
                found |= {family.name + suffix: set(metric._labelnames) for suffix in suffixes}
    return found


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    dashboard = json.loads((FOLDER / "diktor.json").read_text("utf-8"))
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return shown + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def test_every_name_in_use_exists(expressions: list[str]) -> None:
    for expression in expressions:
        assert NAME.findall(expression), expression
        assert set(NAME.findall(expression)) <= set(known()), expression


def test_every_label_in_use_exists(expressions: list[str]) -> None:
    given_by_prometheus = {"le", "instance"}
    for expression in expressions:
        labels = given_by_prometheus.union(*(known()[name] for name in NAME.findall(expression)))
        used = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in re.findall(r"\w+", group)}
        used |= set(re.findall(r"[{,]\s*(\w+)\s*=", expression))
        assert used <= labels, expression


def test_every_metric_is_shown_or_watched(expressions: list[str]) -> None:
    used = {name for expression in expressions for name in NAME.findall(expression)}
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in known()}
    assert families == {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in used}


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    for rule in rules:
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["remedy"]
        assert rule["labels"]["severity"] in ("page", "ticket")
