"""A report on disk: JSON for machines, a page for people."""

from pathlib import Path

import msgspec

from diktor.learning.report.document import Report
from diktor.learning.report.page import page


def write(report: Report, document: Path, html: Path) -> None:
    """Both files, each all or nothing; the same report gives the same bytes."""
    _whole(document, msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    _whole(html, page(report).encode())


def _whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(data)
    draft.replace(path)
