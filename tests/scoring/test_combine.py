import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from diktor.scoring.combine import Parameters, combine, normalise, uncalibrated

NEUTRAL = Parameters((1.0,) * 3, (0.0,) * 3)
FRAMES = 250


def _floats(shape: tuple[int, ...], low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.float32, shape, elements=st.floats(low, high, width=32), fill=st.just(np.float32(low)))


members = st.tuples(
    _floats((2, FRAMES, 2), 0.0, 2.0), _floats((2, FRAMES, 3), -30.0, 30.0), _floats((2, FRAMES, 3), -30.0, 30.0)
)


@given(members)
def test_scores_are_probabilities_of_the_contracts_shape(outputs: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    scores = combine(*outputs, NEUTRAL)
    assert scores.probability.shape == (3,)
    assert scores.frames.shape == (FRAMES, 3)
    assert ((scores.probability >= 0) & (scores.probability <= 1)).all()
    assert ((scores.frames >= 0) & (scores.frames <= 1)).all()
    np.testing.assert_allclose(scores.markers, outputs[0].mean(0))


@given(members)
def test_the_order_of_members_does_not_matter(outputs: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    turned = combine(*(part[::-1] for part in outputs), NEUTRAL)
    for found, expected in zip(turned, combine(*outputs, NEUTRAL), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


@given(members, st.floats(0.1, 4.0), st.floats(-3.0, 3.0))
def test_calibration_moves_probabilities_and_not_the_evidence(
    outputs: tuple[np.ndarray, np.ndarray, np.ndarray], slope: float, intercept: float
) -> None:
    logits, frames = uncalibrated(*outputs, NEUTRAL)
    scores = combine(*outputs, Parameters((slope,) * 3, (intercept,) * 3))
    np.testing.assert_array_equal(scores.frames, frames)
    expected = 1.0 / (1.0 + np.exp(-(slope * logits.astype(np.float64) + intercept)))
    np.testing.assert_allclose(scores.probability, expected, atol=1e-4)


def test_what_nobody_says_is_no_number() -> None:
    """Golden windows find a network that answers with none: nothing may stand in for it."""
    said = [np.full((2, FRAMES, count), np.nan, np.float32) for count in (2, 3, 3)]
    assert np.isnan(combine(*said, NEUTRAL).probability).all()


@given(members)
def test_a_member_without_a_say_changes_nothing(outputs: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    markers, with_, without = outputs
    no_sounds = [np.concatenate([part, np.full_like(part[:1], np.nan)]) for part in outputs]
    no_sounds[2][2, :, 2] = without.mean(0)[:, 2]
    for found, expected in zip(combine(*no_sounds, NEUTRAL), combine(markers, with_, without, NEUTRAL), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_only_frames_with_the_letter_decide_about_its_defect() -> None:
    rates, near, far = np.zeros((1, FRAMES, 2)), np.full((1, FRAMES, 3), -10.0), np.zeros((1, FRAMES, 3))
    near[0, 95:110, 0] = 10.0
    rates[0, 200:205, 0] = 1.0
    outputs = [part.astype(np.float32) for part in (rates, near, far)]
    assert combine(*outputs, NEUTRAL).probability[0] < 0.1
    outputs[0][0, 100:105, 0], outputs[0][0, 200:205, 0] = 1.0, 0.0
    scores = combine(*outputs, NEUTRAL)
    assert scores.probability[0] > 0.9
    assert scores.frames[102, 0] > 0.9
    assert scores.frames[202, 0] < 0.1


@given(arrays.arrays(np.int16, st.integers(2, 400), elements=st.integers(-32768, 32767)))
def test_normalised_windows_have_no_mean_and_unit_variance(pcm: np.ndarray) -> None:
    window = normalise(pcm)
    assert abs(float(window.mean(dtype=np.float64))) < 1e-3
    if pcm.std() > 50:
        assert abs(float(window.std(dtype=np.float64)) - 1.0) < 1e-2
    if not pcm.any():
        assert not window.any()
