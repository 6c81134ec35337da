"""`diktor pipeline`: rebuilding, deploying and rolling back by Airflow."""

from diktor.cli import Lazy

pipeline = Lazy(
    {
        "run": "diktor.cli.pipeline_run:run",
        "retry": "diktor.cli.pipeline_retry:retry",
        "status": "diktor.cli.pipeline_status:status",
    },
    name="pipeline",
    help="Rebuild the model, release, deploy and roll back by Airflow: run, retry, status.",
)
