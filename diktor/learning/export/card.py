"""The model card: what a release was made from, what it reached, and where it cannot be trusted."""

from importlib.resources import files
from textwrap import fill
from typing import Any

from diktor.defects import Taxonomy
from diktor.learning.export.checks import section
from diktor.learning.export.markdown import cell, table
from diktor.releases import Release

SPLITS = ("test", "dev")

Metrics = dict[str, Any]


def model_card(release: Release) -> str:
    """The card as Markdown, with the figures of the release's metrics."""
    text = (files("diktor.learning.export") / "templates" / "MODEL_CARD.md").read_text("utf-8")
    metrics, taxonomy = release.metrics, release.taxonomy
    return text.format(
        number=release.number,
        name=release.name,
        defects=", ".join(f"{defect.title_en} ({defect.title_ru})" for defect in taxonomy.defects),
        material=_material(metrics, taxonomy),
        held_out=_held_out(metrics),
        length=release.length_ms / 1000,
        hop=release.hop_ms / 1000,
        corpus_digest=release.corpus_digest,
        code_revision=release.code_revision,
        **{f"{split}_voices": ", ".join(voices) for split, voices in metrics["splits"].items()},
        calls=metrics["test"]["calls"],
        defect_table=_defects(metrics, taxonomy),
        classes="\n\n".join(_classes(metrics, split, taxonomy) for split in SPLITS),
        word_table=_words(metrics),
        quantisation=_quantisation(metrics, taxonomy),
        rounding=metrics["rounding"],
        megabytes=sum(metrics["megabytes"].values()),
        speed=metrics["audio_seconds_per_cpu_second"],
        checks=section(metrics, taxonomy),
        ensemble=release.ensemble,
        members=", ".join(f"`{member}`" for member in release.members),
    )


def _material(metrics: Metrics, taxonomy: Taxonomy) -> str:
    """What speech it was trained on."""
    recorded = metrics.get("recorded", {}).get("train")
    made = [voice for voice in metrics["splits"]["train"] if not recorded or voice not in recorded["speakers"]]
    letters = ", ".join(letter for defect in taxonomy.defects for letter in defect.letters)
    told = []
    if made:
        told.append(
            f"Synthetic speech with synthetic defects: the speech of {', '.join(made)}, text-to-speech voices, in "
            f"which sounds of {letters} were changed, or sounds, syllables and words repeated, prolonged and blocked, "
            "by editing vocoder parameters; then speaker changes and telephone channels (codecs, noise, level)."
        )
    if recorded:
        told.append(f"Recordings, {recorded['minutes']:.0f} minutes: {', '.join(recorded['speakers'])}.")
    else:
        told.append("No recording of a person was used.")
    return fill(" ".join(told), 120, break_on_hyphens=False)


def _held_out(metrics: Metrics) -> str:
    recorded = metrics.get("recorded", {})
    if not recorded:
        return ", and every voice is synthetic"
    return "" if set(recorded) & set(SPLITS) else ", and those held out are synthetic"


def _defects(metrics: Metrics, taxonomy: Taxonomy) -> str:
    head = ("", "defect", "window AUC", "against healthy", "call AUC", "against healthy", "found", "false, healthy")
    rows = []
    for split in SPLITS:
        for defect in taxonomy.defects:
            window, call = (metrics[split][level][defect.name] for level in ("window", "call"))
            values = [level[name] for level in (window, call) for name in ("auc", "auc_against_healthy")]
            values += [call["likely_when_present"], call["likely_when_healthy"]]
            rows.append((split, defect.title_en, *map(cell, values)))
    return table(head, rows)


def _classes(metrics: Metrics, split: str, taxonomy: Taxonomy) -> str:
    found = metrics[split]["classes"]
    each = ", ".join(f"{name} {cell(found['f1'][name])}" for name in taxonomy.classes)
    seconds = 60 * metrics[split]["minutes"] / metrics[split]["calls"]
    kinds = len(taxonomy.classes)
    return f"One class of {kinds}, {split}, calls of {seconds:.0f} s: macro-F1 {cell(found['macro_f1'])} ({each})."


def _words(metrics: Metrics) -> str:
    head = (
        "",
        "letter",
        "words counted right",
        "majority",
        "defective letters counted",
        "word AUC",
        "neighbours' leak",
    )
    names = ("count_accuracy", "count_majority", "defective_counted", "word_auc", "neighbour_leak_auc")
    rows = [
        (split, item["letter"], *(cell(item.get(name)) for name in names))
        for split in SPLITS
        for item in metrics[split]["words"].values()
    ]
    return table(head, rows)


def _quantisation(metrics: Metrics, taxonomy: Taxonomy) -> str:
    shipped, exact = metrics["window_auc_int8"], metrics["window_auc_fp32"]
    return ", ".join(f"{d.title_en} {cell(shipped[d.name])} / {cell(exact[d.name])}" for d in taxonomy.defects)
