"""Recordings whose class alone is known: what is asked of their windows, and that it teaches something."""

import numpy as np
import pytest
import torch

from diktor.defects import DEFAULT
from diktor.learning import losses, weak
from diktor.learning.corpus.clips import Clip, ClipWord, Version
from diktor.learning.model import Heads, MemberSpec, Outputs
from diktor.learning.windows import Labels, Piece, Sound, Window, labels, plan
from diktor.scoring.combine import uncalibrated
from diktor.scoring.parameters import neutral

EMPTY = np.zeros((250, 3), bool)


def _weak(version: Version, *phones: Sound, counted: bool = False) -> Labels:
    return Labels(phones, (), EMPTY, np.full(250, counted), version)


def _strong() -> Labels:
    frames = EMPTY.copy()
    frames[40:44, 0] = True
    return Labels((Sound(40, 44, 0, 1, True, 1.0, None),), (), frames)


def _outputs(windows: int = 1, seed: int = 0) -> Outputs:
    torch.manual_seed(seed)
    rates = torch.rand(windows, 250, 2) * 0.1
    return Outputs(rates, torch.randn(windows, 250, 3), torch.randn(windows, 250, 3))


def _at(logit: float) -> Outputs:
    return Outputs(torch.full((1, 250, 2), 0.02), torch.full((1, 250, 3), logit), torch.full((1, 250, 3), logit))


def clip(name: str, version: Version, **fields: object) -> Clip:
    plain: dict[str, object] = {
        "id": name, "group": name, "split": "train", "voice": "v", "sentence": "s", "kind": "own", "natural": True,
        "codec": "mp3", "snr_db": 20.0, "shard": "shard-0", "offset": 0, "length": 80_000, "words": (), "marks": (),
        "stutters": (), "weak": True, "transcribed": False,
    }  # fmt: skip
    return Clip(**{**plain, "version": version, **fields})  # type: ignore[arg-type]


def test_a_window_is_judged_as_it_is_scored() -> None:
    outputs = _outputs(4)
    plain = neutral(DEFAULT)
    windows = zip(*(values[:, None].numpy() for values in outputs), strict=True)
    expected = [uncalibrated(*parts, plain)[0] for parts in windows]
    np.testing.assert_allclose(weak.window_logits(outputs).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_a_silent_counter_is_no_problem() -> None:
    outputs = _outputs()._replace(markers=torch.zeros(1, 250, 2))
    assert torch.isfinite(weak.window_logits(outputs)).all()


@pytest.mark.parametrize(
    ("version", "own"),
    [("rhotacism", [0]), ("fricative_g", [1]), ("stuttering", [2]), ("mixed", [0, 1]), ("healthy", [0, 1, 2])],
)
def test_a_class_speaks_of_its_own_defects_and_no_other(version: Version, own: list[int]) -> None:
    outputs = Outputs(*(values.requires_grad_() for values in _at(-1.0)))
    weak.loss(outputs, [_weak(version)]).backward()
    slope = outputs.without.grad.sum((0, 1))
    assert np.flatnonzero(slope.numpy()).tolist() == own
    assert bool((slope[own] > 0).all()) == (version == "healthy")
    assert outputs.markers.grad is None, "a defect must not teach the counter"


@pytest.mark.parametrize(
    ("version", "judged", "up", "down"),
    [
        ("rhotacism", ("rhotacism",), [0], []),
        ("rhotacism", ("rhotacism", "stuttering"), [0], [2]),
        ("healthy", ("fricative_g",), [], [1]),
        ("mixed", ("rhotacism", "fricative_g", "stuttering"), [0, 1], [2]),
    ],
)
def test_what_a_person_judged_speaks_of_that_alone(
    version: Version, judged: tuple[str, ...], up: list[int], down: list[int]
) -> None:
    outputs = Outputs(*(values.requires_grad_() for values in _at(-1.0)))
    weak.loss(outputs, [_weak(version)._replace(judged=judged)]).backward()
    slope = outputs.without.grad.sum((0, 1)).numpy()
    assert np.flatnonzero(slope < 0).tolist() == up
    assert np.flatnonzero(slope > 0).tolist() == down


def test_what_a_person_heard_is_asked_for_whatever_a_transcript_says() -> None:
    heard = [_weak("fricative_g", counted=counted)._replace(judged=("fricative_g",)) for counted in (True, False)]
    one, other = (weak.loss(_at(-3.0), [item]) for item in heard)
    assert one == other > weak.loss(_at(-3.0), [_weak("fricative_g")])


def test_windows_of_which_other_defects_were_judged_are_not_mixed() -> None:
    some, all_ = ("rhotacism",), DEFAULT.names
    clips = [clip(f"{n}{len(told)}", "healthy", judged=told, length=8_000) for told in (some, all_) for n in range(9)]
    windows = plan(clips, 1)
    assert all(len({piece.clip.judged for piece in window.pieces}) == 1 for window in windows)
    assert any(len(window.pieces) > 1 for window in windows)
    assert {labels(window).judged for window in windows} == {some, all_}
    assert all(len({windows[n].pieces[0].clip.judged for (n,) in deck}) == 2 for deck in weak.decks(windows))


def test_more_is_asked_where_the_letter_is_known_to_be_and_nothing_where_it_is_not() -> None:
    phone = Sound(3, 7, 1, 1, False, 1.0, None)
    unknown, there, absent = (
        weak.loss(_at(-3.0), [item])
        for item in (
            _weak("fricative_g"),
            _weak("fricative_g", phone, counted=True),
            _weak("fricative_g", counted=True),
        )
    )
    assert there > unknown > absent == 0


def test_a_window_that_is_heard_clearly_is_not_pulled_down_to_what_is_likely() -> None:
    outputs = Outputs(*(values.requires_grad_() for values in _at(6.0)))
    weak.loss(outputs, [_weak("fricative_g")]).backward()
    assert not outputs.without.grad.any()


def test_exactly_labelled_windows_cost_the_same_among_weak_ones() -> None:
    alone, other = _outputs(1, 1), _outputs(2, 2)
    both = Outputs(*(torch.cat([b[:1], a, b[1:]]) for a, b in zip(alone, other, strict=True)))
    single = losses.losses(alone, [_strong()])
    among = losses.losses(both, [_weak("healthy"), _strong(), _weak("stuttering")])
    for name in ("counting", "defects", "pairs", "frames"):
        torch.testing.assert_close(getattr(single, name), getattr(among, name))
    assert single.weak == 0 < among.weak


def test_a_batch_of_weak_windows_alone_can_be_learnt_from() -> None:
    outputs = Outputs(*(values.requires_grad_() for values in _outputs(2)))
    terms = losses.losses(outputs, [_weak("healthy"), _weak("rhotacism")])
    assert terms.counting == terms.defects == terms.frames == 0
    sum(terms, torch.zeros(())).backward()
    assert outputs.without.grad.any()


def test_where_a_word_is_not_known_any_count_is_right_and_elsewhere_none_but_the_known_ones() -> None:
    words = (ClipWord("рама", 1.0, 1.4, False), ClipWord("25", 2.0, 2.4, False, sure=False))
    window = Window("a", "healthy", 0, (Piece(clip("a", "healthy", words=words, transcribed=True), 0, 0, 40_000),))

    def cost(at_s: float) -> float:
        rates = torch.full((1, 250, 2), 1e-4)
        rates[0, int(at_s * 50) : int(at_s * 50) + 5, 0] = 0.2
        outputs = Outputs(rates, torch.zeros(1, 250, 3), torch.zeros(1, 250, 3))
        return float(losses.counting(outputs, [labels(window)]))

    assert labels(window).known.sum() == 250 - 20
    assert cost(2.1) < cost(3.0) - 0.2


def test_letters_are_counted_only_where_every_word_is_known() -> None:
    words = (ClipWord("рама", 1.0, 1.4, False), ClipWord("25", 6.0, 6.4, False, sure=False))
    known = clip("a", "rhotacism", words=words, transcribed=True)
    counted = [labels(Window("a", "rhotacism", 0, (Piece(known, start, 0, 40_000),))).counted for start in (0, 40_000)]
    assert counted == [True, False]
    assert not labels(Window("b", "healthy", 0, (Piece(clip("b", "healthy"), 0, 0, 40_000),))).counted


def test_weak_windows_are_filled_up_with_their_like_alone() -> None:
    short = [
        clip(f"{version}-{weakly}-{n}", version, length=9_000, weak=weakly)
        for n in range(6)
        for version in ("healthy", "rhotacism")
        for weakly in (True, False)
    ]
    for window in plan(short, 1):
        own = window.pieces[0].clip
        others = {(piece.clip.version, piece.clip.weak) for piece in window.pieces[1:]}
        assert others <= ({(own.version, True)} if own.weak else {("healthy", False), ("rhotacism", False)})


def test_windows_cover_a_long_piece() -> None:
    found = plan([clip("long", "healthy", length=190_001)], 1)
    starts = [window.pieces[0].source for window in found]
    assert starts[0] == 0
    assert starts[-1] == 190_001 - 40_000
    assert max(np.diff(starts)) <= 40_000


def test_rare_classes_come_up_as_often_as_frequent_ones() -> None:
    clips = [clip(f"h{n}", "healthy") for n in range(5)] + [clip("r", "rhotacism")]
    windows = plan(clips, 1)
    dealt = weak.decks(windows)
    assert len(dealt) == 5
    for versions in dealt:
        assert [{windows[index].version for index in part} for part in versions] == [{"healthy"}, {"rhotacism"}]
    assert {index for versions in dealt for part in versions for index in part} == set(range(len(windows)))


def test_classes_alone_teach_to_find_a_sound_that_nobody_placed() -> None:
    rng = np.random.default_rng(0)
    planted, noise = rng.normal(size=512) * 1.5, rng.normal(size=(48, 250, 512))
    places = rng.integers(0, 240, (48, 3))
    for window in range(0, 48, 2):
        for start in places[window]:
            noise[window, start : start + 5] += planted
    states = torch.from_numpy(noise).float()
    asked = [_weak("healthy" if window % 2 else "rhotacism") for window in range(32)]
    torch.manual_seed(1)
    heads = Heads(MemberSpec("tiny", layers=1, tuned=0, hidden=16, far=5, noise=0.0, dropout=0.1), DEFAULT)
    optimiser = torch.optim.AdamW(heads.parameters(), lr=3e-3)
    for _ in range(60):
        optimiser.zero_grad()
        weak.loss(heads(states[:32]), asked).backward()
        optimiser.step()
    heads.eval()
    with torch.no_grad():
        outputs = heads(states[32:])
        logits = weak.window_logits(outputs)[:, 0].numpy()
    assert logits[::2].min() > logits[1::2].max()
    near = outputs.with_[..., 0].numpy()
    inside = np.zeros((16, 250), bool)
    for window in range(0, 16, 2):
        for start in places[32 + window]:
            inside[window, start : start + 5] = True
    assert near[inside].mean() > near[~inside].mean() + 2
