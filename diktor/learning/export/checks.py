"""What audits and real recordings said of a run, as its release tells it: absent where they were not asked."""

from typing import Any

import msgspec

from diktor.defects import Taxonomy
from diktor.learning.audit.report import Report
from diktor.learning.contrast.compare import Contrast
from diktor.learning.export.markdown import cell, table
from diktor.learning.run import Run

Metrics = dict[str, Any]

REAL = """\
Prompts of telephone systems by speakers that were never trained on, word against word: AUC of words whose letter is
spoken as in the defect (a French r is uvular, a Spanish g is a fricative) over those of languages in which it is not;
the control on words without the letter (.5: neither language nor speaker is heard); inside the first language, words
with the letter over those without."""


def checks(run: Run) -> Metrics:
    """`audits` and `real_speech` for the release's metrics, as far as the run holds them."""
    found: Metrics = {}
    if run.audits.exists():
        report = msgspec.json.decode(run.audits.read_bytes(), type=Report)
        if report.corpus_digest == msgspec.json.decode((run.corpus / "manifest.json").read_bytes())["digest"]:
            found["audits"] = {
                "passes": report.passes,
                "shortcuts": {
                    level: {
                        defect: max(
                            (s.auc for s in report.shortcuts if (s.level, s.defect) == (level, defect) and s.auc),
                            default=None,
                        )
                        for defect in dict.fromkeys(s.defect for s in report.shortcuts)
                    }
                    for level in ("word", "clip")
                },
                "leaks": {leak.defect: leak.auc for leak in report.leaks},
            }
    if run.contrast.exists():
        tables = msgspec.json.decode(run.contrast.read_bytes(), type=list[Contrast])
        found["real_speech"] = [msgspec.to_builtins(table) for table in tables]
    return found


def section(metrics: Metrics, taxonomy: Taxonomy) -> str:
    """The same as a part of the card."""
    parts = []
    if "audits" in metrics:
        outcome = "Every audit passes." if metrics["audits"]["passes"] else "Not every audit passes."
        intro = "AUC of trivial traits (limit .65) and of words without the letter in context (limit .60)."
        parts.append(f"## Audits\n\n{intro} {outcome}\n\n{_audits(metrics['audits'], taxonomy)}")
    if "real_speech" in metrics:
        parts.append(f"## Real speech\n\n{REAL}\n\n{_contrasts(metrics['real_speech'])}")
    return "\n\n".join(parts)


def _audits(audits: Metrics, taxonomy: Taxonomy) -> str:
    kinds = [(f"most telling trait of a {level}", audits["shortcuts"][level]) for level in ("word", "clip")]
    kinds.append(("leak", audits["leaks"]))
    rows = [(name, *(cell(found.get(defect)) for defect in taxonomy.names)) for name, found in kinds]
    return table(("", *(defect.title_en for defect in taxonomy.defects)), rows)


def _contrasts(tables: list[Metrics]) -> str:
    rows = [
        (
            found["defect"],
            found["codec"],
            name,
            *(cell(found[f"by_{name}"][key]) for key in ("letter", "control", "inside")),
            cell(found["counted"]["own, letter"]),
        )
        for found in tables
        for name in ("logit", "evidence")
    ]
    return table(("defect", "codec", "judged by", "with the letter", "control", "inside", "counted"), rows)
