"""What lies beside recordings and is none: lists, labels, notes, hidden files."""

from pathlib import PurePath

NOTES = (".md", ".txt", ".csv", ".tsv", ".json", ".jsonl")


def lies_beside(path: PurePath) -> bool:
    """Whether a file, by its own name, is not meant as a recording."""
    return path.name.startswith(".") or path.suffix.lower() in NOTES
