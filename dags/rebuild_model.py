"""Airflow's DAG `rebuild_model`: from a data set at any address to a serving release."""

from diktor_dags import dags, profiles, surroundings

rebuild_model = dags.make(profiles.built_in(surroundings.profiles(), "rebuild_model"))
