"""A release: the members, window, thresholds, calibration and metrics that travel together as one number.

`document` says what it is, `store` keeps releases and points at the active one, `packing` takes them in, `configs` and
`repository` write what Triton reads, `deploy` brings one up, `tidy` lets the old one go.
"""

from diktor.releases.document import (
    FRAME_MS,
    RATE,
    Calibration,
    DefectCalibration,
    Release,
    load_release,
    read_release,
    releases_in,
)

__all__ = [
    "FRAME_MS",
    "RATE",
    "Calibration",
    "DefectCalibration",
    "Release",
    "load_release",
    "read_release",
    "releases_in",
]
