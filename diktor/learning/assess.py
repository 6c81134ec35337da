"""`evaluate`: members become ONNX, are calibrated on the development calls and measured on both held-out splits."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from diktor.audio.grid import Grid
from diktor.errors import DiktorError
from diktor.learning.calibration import calibrate, trial_release
from diktor.learning.calls import compose, listen
from diktor.learning.corpus.clips import Clip, load_clips
from diktor.learning.corpus.place import named
from diktor.learning.ensemble import Ensemble
from diktor.learning.evaluation import figures, window_auc
from diktor.learning.export.convert import check_parity, to_int8, to_onnx
from diktor.learning.model import MemberSpec
from diktor.learning.report.kept import keep
from diktor.learning.run import Run, trained
from diktor.learning.stages import calibration_windows
from diktor.releases import RATE, DefectCalibration
from diktor.scoring.combine import Parameters, combine
from diktor.scoring.parameters import neutral, parameters

SHUFFLES = 3
"""How often each held-out clip is heard, each time among others."""

CALL_SEED = 7

ROUNDED = 36
"""Windows of which it is measured what rounding does to them."""

Advance = Callable[[str, int, int], None]


class Evaluation(msgspec.Struct, frozen=True):
    """What `evaluation.json` of a run holds."""

    corpus_digest: str
    code_revision: str
    calibration: tuple[DefectCalibration, ...]
    metrics: dict[str, Any]


def evaluate(run: Run, specs: Sequence[MemberSpec], advance: Advance) -> Evaluation:
    """Convert, calibrate, measure; leaves the ONNX files, `evaluation.json` and what was heard in the run."""
    parity = {spec.name: _convert(run, spec) for spec in specs}
    names = tuple(spec.name for spec in specs)
    files = [run.onnx(spec) for spec in specs]
    dev, test = (_heard(run, split, files, SHUFFLES, advance) for split in ("dev", "test"))
    calibration = calibrate(dev, names, run.taxonomy)
    release = trial_release(calibration, names, run.taxonomy)
    manifest = msgspec.json.decode((run.corpus / "manifest.json").read_bytes())
    exact = _heard(run, "test", [run.float_onnx(spec) for spec in specs], 1, advance)
    once = [item for item in test if item.call.name in {other.call.name for other in exact}]
    for name, scored in (("dev", dev), ("test", test), ("exact", exact)):
        keep(run.heard(name), scored, names, manifest["digest"])
    found = Evaluation(
        corpus_digest=manifest["digest"],
        code_revision=run.revision.read_text(),
        calibration=calibration,
        metrics={
            "test": figures(test, release),
            "dev": figures(dev, release),
            "splits": {name: part["voices"] for name, part in manifest["splits"].items()},
            "recorded": _recorded(load_clips(run.corpus)),
            "window_auc_int8": window_auc(once, run.taxonomy),
            "window_auc_fp32": window_auc(exact, run.taxonomy),
            "torch_against_onnx": parity,
            "rounding": _rounding(run, files, parameters(release)),
            "megabytes": {spec.name: round(run.onnx(spec).stat().st_size / 1e6, 2) for spec in specs},
            "audio_seconds_per_cpu_second": _speed(run, files),
        },
    )
    run.evaluation.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    return found


def load_evaluation(run: Run) -> Evaluation:
    """What `evaluate` found.

    Raises:
        DiktorError: it has not run.
    """
    if not run.evaluation.exists():
        raise DiktorError(f"{run.folder} has not been evaluated", "Run: diktor learn evaluate")
    return msgspec.json.decode(run.evaluation.read_bytes(), type=Evaluation)


def _recorded(clips: Sequence[Clip]) -> dict[str, dict[str, Any]]:
    """By split, whose recordings are in a corpus, and minutes of them; speakers that nobody named are only counted."""
    own = [clip for clip in clips if clip.recording]
    found = {}
    for split in sorted({clip.split for clip in own}):
        here = [clip for clip in own if clip.split == split]
        minutes = sum(clip.length for clip in here) / RATE / 60
        found[split] = {"speakers": named({clip.voice for clip in here}), "minutes": round(minutes, 2)}
    return found


def _convert(run: Run, spec: MemberSpec) -> dict[str, float]:
    """Both ONNX forms of a trained member; returns the differences of the fp32 one from torch."""
    net = trained(run, spec)
    to_onnx(net, run.float_onnx(spec))
    worst: dict[str, float] = check_parity(
        net, run.float_onnx(spec), calibration_windows(run.corpus, CALL_SEED, "dev")[:8]
    )
    to_int8(run.float_onnx(spec), run.onnx(spec), net.backbone)
    return worst


def _heard(run: Run, split: str, files: Sequence[Path], shuffles: int, advance: Advance) -> Any:
    calls = compose(run.corpus, split, shuffles, CALL_SEED)
    name = f"{split} {files[0].stem} x{shuffles}"
    return listen(calls, files, Grid(), 2, lambda done, total: advance(name, done, total))


def _rounding(run: Run, files: Sequence[Path], calibration: Parameters) -> dict[str, float]:
    """How far a window's probabilities move when its samples move by float32's rounding, as on another processor.

    Scales of int8 follow the largest value of a whole product, so that the smallest difference turns others over.
    """
    ensemble, rng = Ensemble(files, calibration), np.random.default_rng(CALL_SEED)
    moved = []
    for window in calibration_windows(run.corpus, CALL_SEED, "dev")[:ROUNDED]:
        near = (window * (1 + np.finfo(np.float32).eps * rng.standard_normal(window.shape))).astype(np.float32)
        here, there = (combine(*ensemble.hear(heard), calibration).probability for heard in (window, near))
        moved.append(np.abs(here - there))
    return {"mean": round(float(np.mean(moved)), 5), "largest": round(float(np.max(moved)), 5)}


def _speed(run: Run, files: Sequence[Path]) -> float:
    """Audio seconds that a CPU second scores, windows without overlap."""
    ensemble = Ensemble(files, neutral(run.taxonomy))
    windows = (calibration_windows(run.corpus, CALL_SEED, "dev")[:12] * 3000).clip(-32768, 32767).astype(np.int16)
    ensemble.score(windows[0])
    begun = time.process_time()
    for window in windows:
        ensemble.score(window)
    return round(5.0 * len(windows) / (time.process_time() - begun), 1)
