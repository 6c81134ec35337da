import numpy as np
import torch

from diktor.learning import losses
from diktor.learning.model import Outputs
from diktor.learning.windows import Labels, Sound

KEY = ("g", 0, 0, 0)


def _labels(defective: bool) -> Labels:
    frames = np.zeros((250, 3), bool)
    frames[40:44, 0] = defective
    phone = Sound(40, 44, 0, 1, defective, 1.0, KEY)
    return Labels((phone,), (phone._replace(start=35, end=60, key=None),), frames)


def _outputs(rate_at: int, near: float) -> Outputs:
    rates = torch.full((1, 250, 2), 1e-4)
    rates[0, rate_at : rate_at + 4, 0] = 0.25
    return Outputs(rates, torch.full((1, 250, 3), near), torch.zeros(1, 250, 3))


def _joined(*parts: Outputs) -> Outputs:
    return Outputs(*(torch.cat(values) for values in zip(*parts, strict=True)))


def test_sums_over_stretches_are_those_of_their_frames() -> None:
    values = torch.rand(2, 250, 2)
    stretches = losses.gather([[Sound(3, 9, 1, 1, False, 1.0, None)], [Sound(0, 250, 0, 1, True, 1.0, None)]], 2, 250)
    found = losses.total(values, stretches)
    torch.testing.assert_close(found, torch.stack([values[0, 1:11, 1].sum(), values[1, :, 0].sum()]))


def test_counting_in_the_right_place_costs_least_and_does_not_ask_for_the_defect() -> None:
    right = losses.counting(_outputs(40, 0.0), [_labels(False)])
    assert right < losses.counting(_outputs(150, 0.0), [_labels(False)])
    assert torch.equal(right, losses.counting(_outputs(40, 0.0), [_labels(True)]))


def test_hearing_the_defect_costs_less_than_missing_it() -> None:
    good, bad = (losses.losses(_outputs(40, near), [_labels(True)]).defects for near in (3.0, -3.0))
    assert good < bad


def test_matched_sounds_are_ranked() -> None:
    both = [_labels(True), _labels(False)]
    ordered = losses.losses(_joined(_outputs(40, 3.0), _outputs(40, -3.0)), both).pairs
    swapped = losses.losses(_joined(_outputs(40, -3.0), _outputs(40, 3.0)), both).pairs
    assert ordered < 0.1 < swapped


def test_of_a_defect_that_nobody_judged_nothing_is_learned() -> None:
    """A window that is read aloud, beside one of which all is known: stuttering is asked of the second alone."""
    outputs = _joined(_outputs(40, 0.0), _outputs(40, 0.0))
    outputs.without.requires_grad_()
    read = _labels(True)._replace(judged=("rhotacism", "fricative_g"))
    losses.losses(outputs, [read, _labels(True)]).frames.backward()
    asked = outputs.without.grad
    assert asked is not None
    assert bool((asked[0, :, 2] == 0).all())
    assert bool((asked[0, :, :2] != 0).all())
    assert bool((asked[1] != 0).all())
    alone = losses.losses(_outputs(40, 0.0), [_labels(True)]).frames
    both = losses.losses(_joined(*[_outputs(40, 0.0)] * 2), [_labels(True)._replace(judged=("stuttering",))] * 2).frames
    assert bool(torch.isfinite(both))
    assert both < alone, "sounds that nobody judged cost nothing"


def test_windows_without_any_sound_are_no_problem() -> None:
    empty = Labels((), (), np.zeros((250, 3), bool))
    terms = losses.losses(_outputs(40, 0.0), [empty])
    assert all(bool(torch.isfinite(term)) for term in terms)


def test_smoothed_labels_punish_being_too_sure() -> None:
    labels = [_labels(True)]
    sure, surer = (_outputs(40, near) for near in (4.0, 12.0))
    assert losses.losses(surer, labels).defects < losses.losses(sure, labels).defects
    assert losses.losses(surer, labels, smoothing=0.1).defects > losses.losses(sure, labels, smoothing=0.1).defects
