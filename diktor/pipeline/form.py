"""Whether what is given fits a DAG's form, before Airflow is asked: everything that does not, at once.

Airflow itself takes keys that nobody knows, and of wrong values it names the first.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator


def faults(given: Mapping[str, Any], form: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters `given`, a sentence each: `name: what`; `form` as `Airflow.form` has it."""
    wrong = [f"{name}: there is no such parameter" for name in sorted(set(given) - set(form))]
    for name in sorted(set(given) & set(form)):
        errors = Draft202012Validator(form[name]["schema"]).iter_errors(given[name])
        wrong += [f"{name}: {error.message}" for error in errors]
    return wrong
