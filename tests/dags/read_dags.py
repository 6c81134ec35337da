"""In Airflow's environment: what the DAG folder holds, as JSON. Run by `test_dags.py`."""

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import BundleDagBag

before = set(sys.modules)
folder = Path(sys.argv[1])
bag = BundleDagBag(folder, bundle_path=folder, bundle_name="dags-folder")
print(
    json.dumps(
        {
            "errors": bag.import_errors,
            "imported": sorted({name.split(".")[0] for name in set(sys.modules) - before}),
            "dags": {
                name: {
                    "schedule": str(dag.schedule),
                    "params": {key: dag.params.get_param(key).dump() for key in dag.params},
                    "upstream": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks},
                    "retries": {task.task_id: task.retries for task in dag.tasks},
                    "callback": bool(dag.on_failure_callback),
                    "mapped": [task.task_id for task in dag.tasks if task.is_mapped],
                }
                for name, dag in bag.dags.items()
            },
        }
    )
)
