"""What audits and real recordings said of a run, as its release tells it: absent where they were not asked."""

from typing import Any

import msgspec

from diktor.defects import Taxonomy
from diktor.learning.audit.report import Report
from diktor.learning.contrast import Contrast
from diktor.learning.run import Run

Metrics = dict[str, Any]

REAL = """\
Prompts of a telephone system, never trained on: AUC of French (uvular) over Italian and Spanish (alveolar) r-words,
the control on words without r (.5: neither language nor speaker is heard), French words with r over those without."""


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
        audits = metrics["audits"]
        head = ["| | " + " | ".join(defect.title_en for defect in taxonomy.defects) + " |"]
        head.append("| --- |" + " --- |" * len(taxonomy.defects))
        rows = [
            f"| most telling trait of a {level} | "
            + " | ".join(_cell(audits["shortcuts"][level].get(name)) for name in taxonomy.names)
            + " |"
            for level in ("word", "clip")
        ]
        rows.append("| leak | " + " | ".join(_cell(audits["leaks"].get(name)) for name in taxonomy.names) + " |")
        outcome = "Every audit passes." if audits["passes"] else "Not every audit passes."
        intro = "AUC of trivial traits (limit .65) and of words without the letter in context (limit .60)."
        parts.append(f"## Audits\n\n{intro} {outcome}\n\n" + "\n".join([*head, *rows]))
    if "real_speech" in metrics:
        rows = ["| codec | judged by | r-words | control | inside | r's counted |", "| --- |" + " --- |" * 5]
        for table in metrics["real_speech"]:
            for name in ("logit", "evidence"):
                values = " | ".join(_cell(table[f"by_{name}"][key]) for key in ("r", "control", "inside"))
                rows.append(f"| {table['codec']} | {name} | {values} | {_cell(table['counted']['uvular, r'])} |")
        parts.append(f"## Real speech\n\n{REAL}\n\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")
