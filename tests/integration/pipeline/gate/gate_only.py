"""In Airflow's environment: the pipeline from the gate on, over what a rebuild has left.

`python gate_only.py REBUILT MIN_MACRO_F1 DEPLOY` runs it and tells as JSON what became of each task.
"""

import json
import sys
from pathlib import Path
from typing import Any

from airflow.sdk import dag, task
from diktor_dags import form
from diktor_dags.learning import through_gate
from diktor_dags.work import Work

PARAMS = {**form.releasing(), **form.running(), "rebuilt": form.learning()["base_corpus"]}


@task
def before() -> dict[str, Any]:
    """The run's folder holds the trained network of the rebuild."""
    work = Work.here()
    work.folder.mkdir(parents=True)
    work.run.symlink_to(Path(work.form["rebuilt"]) / "run")
    return dict(json.loads((Path(work.form["rebuilt"]) / "steps" / "corpus.json").read_text())["result"])


@task
def figures(corpus: dict[str, Any]) -> dict[str, Any]:
    """What the rebuild was found to be."""
    result = json.loads((Path(Work.here().form["rebuilt"]) / "steps" / "evaluate.json").read_text())["result"]
    return dict(result["test"]["classes"])


@dag(params=PARAMS, schedule=None)
def gate_only() -> None:
    """Nothing before the gate."""
    corpus = before()
    through_gate(corpus, figures(corpus))


made = gate_only()

if __name__ == "__main__":
    rebuilt, least, deploy = sys.argv[1:]
    conf = {"rebuilt": rebuilt, "min_macro_f1": float(least), "max_class_drop": 1, "deploy": deploy == "true"}
    run = made.test(run_conf=conf)
    print(json.dumps({item.task_id: str(item.state) for item in run.get_task_instances()}))
