"""The form: every parameter with its type, limits and help. What is contradictory is found by `checks`."""

import os
from typing import Any

from airflow.sdk import Param

CPUS = os.cpu_count() or 1
MOST_PARTS = 16


def _text(value: str, title: str, help_: str, **limits: Any) -> Param:
    return Param(value, type="string", title=title, description=help_, **limits)


def _optional(title: str, help_: str, **limits: Any) -> Param:
    """Text that may be left empty. Airflow's page takes an empty field for one that nobody filled in: null, not ""."""
    return Param(None, type=["null", "string"], title=title, description=help_, **limits)


def _number(value: float, title: str, help_: str, lowest: float, highest: float, **limits: Any) -> Param:
    return Param(value, type="number", minimum=lowest, maximum=highest, title=title, description=help_, **limits)


def _whole(value: int, title: str, help_: str, lowest: int, highest: int) -> Param:
    return Param(value, type="integer", minimum=lowest, maximum=highest, title=title, description=help_)


def _budget(title: str, what: str, usual: int) -> Param:
    help_ = f"Budget on two cores: {what}. Empty, and no epochs: {usual}."
    return Param(None, type=["null", "number"], minimum=0, maximum=10000, title=title, description=help_)


def _epochs(title: str) -> Param:
    help_ = "Passes over the training data, instead of minutes. Empty: the budget decides."
    return Param(None, type=["null", "integer"], minimum=1, maximum=10000, title=title, description=help_)


def data() -> dict[str, Param]:
    """Where labelled recordings come from."""
    return {
        "data": _optional(
            "Data set",
            "Address of an archive with data_train.csv and data_mp3/train: a folder or zip by path, http(s)://, s3:// "
            "or a Google Drive link. Empty: the base corpus alone.",
            maxLength=2000,
        ),
        "offenders": _text(
            "stop",
            "What is wrong in the data",
            "stop: the run ends with the list of it. drop: it is left out and told.",
            enum=["stop", "drop"],
        ),
    }


def calls() -> dict[str, Param]:
    """Which of the application's own calls are taken."""
    return {
        "days": _whole(30, "Days", "Calls of so many days back are taken.", 1, 3650),
        "min_new": _whole(
            50, "New calls", "With fewer calls or labels since the last time the run skips itself.", 0, 10**6
        ),
    }


def learning() -> dict[str, Param]:
    """What is learned, from what, for how long."""
    return {
        "taxonomy": _optional(
            "Defects and marker letters",
            "A taxonomy file (TOML, as diktor/defects.toml). Empty: the defects Diktor comes with, "
            "or those of the finished base corpus.",
            pattern=r"^$|\.toml$",
        ),
        "base_minutes": _number(
            200, "Base corpus, minutes", "Of synthetic training speech to mix in, made in this run. 0: none.", 0, 2000
        ),
        "base_corpus": _optional("Finished base corpus", "A folder that diktor learn corpus made, instead of minutes."),
        "base_model": _text(
            "whisper-start",
            "Base model",
            "What the network starts from: whisper-start (base, installed), scratch, a folder or OWNER/NAME of the hub "
            "with a Whisper or wav2vec2, or the folder of an earlier run.",
            minLength=1,
        ),
        "whisper_model": _text(
            "offline",
            "Whisper model",
            "What transcribes recordings: offline (base), a folder, or a name of the hub such as large-v3.",
            minLength=1,
        ),
        "parts": _whole(2, "Transcription parts", "Recordings are transcribed in so many tasks.", 1, MOST_PARTS),
        "pretrain_minutes": _budget("Stage 1, minutes", "letters are counted", 4),
        "pretrain_epochs": _epochs("Stage 1, epochs"),
        "train_minutes": _budget("Stage 2, minutes", "defects are heard", 14),
        "train_epochs": _epochs("Stage 2, epochs"),
        "members": _optional(
            "Members",
            "A TOML file of the ensemble's members. Empty: those of the shipped release.",
            pattern=r"^$|\.toml$",
        ),
        "seeds": Param(
            [11, 23],
            type="array",
            items={"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
            minItems=1,
            maxItems=8,
            title="Seeds",
            description="One for each member of the ensemble, in their order.",
        ),
        "corpus_seed": _whole(1, "Seed of the corpus", "Speakers, lines and splits are drawn from it.", 0, 2**31 - 1),
    }


def releasing() -> dict[str, Param]:
    """What may be released, and what becomes of it."""
    return {
        "min_macro_f1": _number(0.8, "Gate: macro-F1", "Of calls of the held-out test split, at least.", 0, 1),
        "max_class_drop": _number(
            0.05,
            "Gate: worst class",
            "No class may lie further below the serving release on the same test calls. 1: never mind.",
            0,
            1,
        ),
        "name": _text("rebuilt", "Name of the release", "For people.", minLength=1, maxLength=60),
        "deploy": Param(
            False, type="boolean", title="Deploy", description="Serve it when it passes. Otherwise it is only kept."
        ),
    }


def running() -> dict[str, Param]:
    """How much of the machine it takes, and where it is recorded."""
    return {
        "tracking": _text("none", "Tracking", "Where the stages are recorded too.", enum=["none", "mlflow", "comet"]),
        "nice": _whole(10, "Niceness", "19 gives way to everything else on the machine, 0 to nothing.", 0, 19),
        "threads": _whole(min(2, CPUS), "Threads", "Of a step, and processes where it has several.", 1, max(2, CPUS)),
    }


def rebuild() -> dict[str, Param]:
    """Of `rebuild_model`."""
    return {**data(), **learning(), **releasing(), **running()}


def retrain() -> dict[str, Param]:
    """Of `retrain_on_calls`."""
    return {**calls(), **learning(), **releasing(), **running()}
