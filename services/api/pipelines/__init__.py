"""The pipeline: what Airflow runs, started and followed from here."""
