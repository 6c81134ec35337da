"""What the DAGs share. Imports airflow.sdk and the standard library only: heavy work is done by `diktor` commands."""
