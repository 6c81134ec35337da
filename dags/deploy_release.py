"""Airflow's DAG `deploy_release`: serve a release that is kept."""

from diktor_dags import dags, profiles, surroundings

deploy_release = dags.make(profiles.built_in(surroundings.profiles(), "deploy_release"))
