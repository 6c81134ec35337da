import torch

from diktor.learning.masking import masked


def test_about_the_share_of_frames_and_of_channels_is_zero_in_stretches() -> None:
    torch.manual_seed(3)
    hidden = torch.ones(40, 250, 512)
    found = masked(hidden, 0.15)
    frames, channels = (found == 0).all(2), (found == 0).all(1)
    assert abs(frames.float().mean() - 0.15) < 0.02
    assert abs(channels.float().mean() - 0.15) < 0.03
    begun = (frames[:, 1:] & ~frames[:, :-1]).sum()
    assert frames.sum() / begun > 4
    assert set(found.unique().tolist()) == {0.0, 1.0}


def test_it_follows_the_seed_and_without_a_share_leaves_all_randomness_alone() -> None:
    hidden = torch.rand(2, 250, 64)
    runs = []
    for _ in range(2):
        torch.manual_seed(5)
        runs.append(masked(hidden, 0.2))
    assert torch.equal(*runs)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert masked(hidden, 0.0) is hidden
    assert torch.equal(torch.get_rng_state(), before)
