"""Airflow's DAG `retrain_on_calls`: the model again, from the application's own calls, on a schedule and on demand."""

from diktor_dags import dags, profiles, surroundings

retrain_on_calls = dags.make(profiles.built_in(surroundings.profiles(), "retrain_on_calls"))
