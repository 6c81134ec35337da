"""A report on disk: JSON for machines, a page for people."""

from pathlib import Path

import msgspec

from diktor import files
from diktor.learning.report.document import Report
from diktor.learning.report.page import page


def write(report: Report, document: Path, html: Path) -> None:
    """Both files, each all or nothing; the same report gives the same bytes."""
    files.write(document, msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    files.write(html, page(report).encode())
