"""The loops that the pipeline is compared with do the same work: the windows that the stack would store."""

import numpy as np

from benchmarks.calls import CALLS, GRID, windows_of
from diktor.audio.decode import blocks, facts


def test_a_recording_is_cut_into_the_windows_of_its_grid() -> None:
    path = CALLS[0]
    found, known = list(windows_of(path)), facts(path)
    assert len(found) == known.channels * GRID.count(known.duration_ms)
    pcm = np.concatenate(list(blocks(path)), axis=1)
    np.testing.assert_array_equal(found[1], pcm[0, 32_000:72_000])
    assert {window.shape for window in found} == {(40_000,)}
