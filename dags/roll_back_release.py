"""Airflow's DAG `roll_back_release`: serve the release of before."""

from diktor_dags import dags, profiles, surroundings

roll_back_release = dags.make(profiles.built_in(surroundings.profiles(), "roll_back_release"))
