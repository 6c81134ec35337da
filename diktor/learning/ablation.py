"""What counting letters is worth: the same member from the same seeds, with stage 1, with stage 2 alone, in which
letters are counted along, and with no letter ever counted, at equal steps in all; and with as much of stage 2 as the
first has, and nothing before it.

Every arm is trained, made ONNX in fp32 and heard on the test split by itself. What an arm has reached is kept, so that
a run cut off goes on where it was; another budget is another set of arms.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec
import numpy as np

from diktor.audio.grid import Grid
from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.calls import Scored, compose, listen
from diktor.learning.export.convert import to_onnx
from diktor.learning.model import MemberSpec
from diktor.learning.processes import context
from diktor.learning.report import kept, measures
from diktor.learning.report.bootstrap import Draws, Figure, Floats
from diktor.learning.report.document import Ablation, Arm, Counted
from diktor.learning.report.levels import area
from diktor.learning.report.rows import Rows, window_rows, word_rows
from diktor.learning.run import Run, trained
from diktor.learning.training import Kept, steps_for, train_member

CALL_SEED = 7

Advance = Callable[[str, int, int], None]


class Course(NamedTuple):
    """How one arm is trained: `stage1` steps, 0 for none, then `stage2` steps."""

    spec: MemberSpec
    counted: Counted
    stage1: int
    stage2: int


def ablate(
    run: Run,
    spec: MemberSpec,
    seeds: Sequence[int],
    minutes: float,
    share: float,
    states: Kept,
    processes: int,
    advance: Advance,
) -> Ablation:
    """Train what is missing, hear it, compare; `share` of the steps is stage 1's."""
    planned = courses(spec, seeds, steps_for(spec, minutes), share)
    _train_all(run, planned, states, processes, advance)
    heard = [_heard(run, course, processes, advance) for course in planned]
    return compared(spec.name, planned, heard, run.taxonomy)


def courses(spec: MemberSpec, seeds: Sequence[int], steps: int, share: float) -> list[Course]:
    """The arms, seed by seed. Names say all that tells two apart."""
    first = max(1, round(steps * share))
    kinds: tuple[tuple[Counted, int, int], ...] = (
        ("first", first, steps - first),
        ("along", 0, steps),
        ("never", 0, steps),
        ("along, shorter", 0, steps - first),
    )
    result = []
    for seed in seeds:
        for counted, stage1, stage2 in kinds:
            counting = 0.0 if counted == "never" else spec.counting
            name = f"ablation/{spec.name}-{stage1}-{stage2}-{seed}{'' if counting else '-uncounted'}"
            arm = msgspec.structs.replace(spec, name=name, seed=seed, hears=(), counting=counting)
            result.append(Course(arm, counted, stage1, stage2))
    return result


def compared(
    member: str, planned: Sequence[Course], heard: Sequence[Sequence[Scored]], taxonomy: Taxonomy = DEFAULT
) -> Ablation:
    """AUCs of every arm, and the mean difference over the seeds with its interval over calls (not over seeds)."""
    draws = Draws.of([item.call.version for item in heard[0]])
    rows = [[_rows(scored, place, taxonomy) for scored in heard] for place in range(len(taxonomy.defects))]
    arms = tuple(
        Arm(
            seed=course.spec.seed,
            counted=course.counted,
            steps=(course.stage1, course.stage2),
            auc={name: area(rows[place][number], draws) for place, name in enumerate(taxonomy.names)},
        )
        for number, course in enumerate(planned)
    )
    worth, counting, before = (
        {name: _worth(rows[place], planned, draws, without) for place, name in enumerate(taxonomy.names)}
        for without in get_args(Counted)[1:]
    )
    return Ablation(member, planned[0].stage1 + planned[0].stage2, arms, worth, counting, before)


def _rows(scored: Sequence[Scored], place: int, taxonomy: Taxonomy) -> Rows:
    take = word_rows if taxonomy.defects[place].letter else window_rows
    return take(scored, place, taxonomy)


def _worth(rows: Sequence[Rows], planned: Sequence[Course], draws: Draws, without: Counted) -> Figure:
    """The arms heard the same words of the same calls: their rows differ in the scores alone."""
    signs = {"first": 1, without: -1}
    areas = [
        (signs[course.counted], measures.auc(own.score, own.target))
        for course, own in zip(planned, rows, strict=True)
        if course.counted in signs
    ]

    def measure(weights: Floats) -> Floats:
        return np.asarray(sum(area(weights) * sign for sign, area in areas) / (len(areas) / 2))

    return draws.figure(rows[0].call, measure)


def _train_all(run: Run, planned: Sequence[Course], states: Kept, processes: int, advance: Advance) -> None:
    with ProcessPoolExecutor(processes, mp_context=context()) as pool:
        running = [pool.submit(_train, run, course, states) for course in planned]
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            advance("arms trained", done, len(planned))


def _train(run: Run, course: Course, states: Kept) -> None:
    """In a process of its own."""
    if course.stage1:
        train_member(run, course.spec, "stage1", course.stage1, states, lambda progress: None)
    train_member(run, course.spec, "stage2", course.stage2, states, lambda progress: None)


def _heard(run: Run, course: Course, processes: int, advance: Advance) -> list[Scored]:
    """The arm on the test split, from what was kept if it was heard before."""
    path = run.heard(course.spec.name)
    if not path.exists():
        onnx = run.float_onnx(course.spec)
        to_onnx(trained(run, course.spec), onnx)
        calls = compose(run.corpus, "test", 1, CALL_SEED)
        name = f"hearing {Path(course.spec.name).name}"
        scored = listen(calls, [onnx], Grid(), processes, lambda done, total: advance(name, done, total))
        digest = msgspec.json.decode((run.corpus / "manifest.json").read_bytes())["digest"]
        kept.keep(path, scored, (course.spec.name,), digest)
    return kept.load(path, run.corpus)[1]
