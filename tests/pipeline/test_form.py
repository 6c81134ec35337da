"""What does not fit a DAG's form is told all at once."""

from diktor.pipeline.form import faults

FORM = {
    "minutes": {"value": 4, "schema": {"type": "number", "minimum": 0, "maximum": 100}},
    "seeds": {"value": [1], "schema": {"type": "array", "items": {"type": "integer"}, "minItems": 1}},
    "offenders": {"value": "stop", "schema": {"type": "string", "enum": ["stop", "drop"]}},
}


def test_what_fits_is_taken() -> None:
    assert faults({}, FORM) == []
    assert faults({"minutes": 1.5, "seeds": [3], "offenders": "drop"}, FORM) == []


def test_every_fault_is_named_with_its_parameter() -> None:
    found = faults({"minutes": -1, "seeds": ["x"], "offenders": "keep", "epochs": 3}, FORM)
    assert [line.partition(":")[0] for line in found] == ["epochs", "minutes", "offenders", "seeds"]
    assert "'keep' is not one of ['stop', 'drop']" in found[2]
