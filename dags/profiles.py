"""Airflow's DAGs of profiles: whatever `profiles.toml` names that is not there already.

A file that is wrong is an import error here, and every other DAG stays.
"""

from diktor_dags import dags, profiles, surroundings

for profile in profiles.read(surroundings.profiles()).values():
    if profile.name not in profiles.BUILT_IN:
        globals()[profile.name] = dags.make(profile)
