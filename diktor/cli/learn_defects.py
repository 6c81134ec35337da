"""Which taxonomy a learning command goes by where no corpus tells."""

from pathlib import Path

import click

from diktor.defects import DEFAULT, Taxonomy, load
from diktor.settings import Settings

defects_option = click.option(
    "--defects",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Another taxonomy, a TOML file; else DIKTOR_DEFECTS, else the defects that Diktor comes with.",
)


def taxonomy(path: Path | None, add: Path | None = None) -> Taxonomy:
    """The taxonomy of the file, else of the corpus to `add`, else of the setting, else the default.

    Raises:
        DiktorError: the file is no taxonomy, or there is no finished corpus to add.
    """
    if add and not path:
        from diktor.learning.corpus.clips import taxonomy_of

        return taxonomy_of(add)
    chosen = path or Settings.load().defects
    return DEFAULT if chosen is None else load(chosen)
