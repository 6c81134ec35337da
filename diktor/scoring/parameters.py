"""What a release tells the arithmetic of `combine`, from its document and from its files."""

from pathlib import Path
from typing import Any

import msgspec

from diktor.defects import Taxonomy
from diktor.errors import ReleaseError
from diktor.releases import Release
from diktor.scoring.combine import Parameters


def parameters(release: Release) -> Parameters:
    """The window level of a release's calibration."""
    return neutral(release.taxonomy)._replace(
        slope=tuple(defect.window.slope for defect in release.defects),
        intercept=tuple(defect.window.intercept for defect in release.defects),
    )


def neutral(taxonomy: Taxonomy) -> Parameters:
    """The parameters that leave logits as they are."""
    places = range(len(taxonomy.defects))
    indices = [taxonomy.letter_index(place) for place in places]
    return Parameters(
        slope=(1.0,) * len(places),
        intercept=(0.0,) * len(places),
        letter=tuple(-1 if index is None else index for index in indices),
        loudest=tuple(defect.loudest for defect in taxonomy.defects),
    )


def load(document: Path) -> Parameters:
    """The parameters in a release's `calibration.json`; release 1 has none of `letter` and `loudest`.

    Raises:
        ReleaseError: it is missing or damaged.
    """
    try:
        return Parameters(**msgspec.json.decode(document.read_bytes(), type=dict[str, tuple[Any, ...]]))
    except (OSError, TypeError, msgspec.MsgspecError) as error:
        raise ReleaseError(f"{document} cannot be read: {error}", "Export the release again") from error
