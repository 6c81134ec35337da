"""A form made of a pipeline's own schema: a control for every parameter, with its default, limits and help.

What is typed goes to the API as it is: it holds the parameters against the same schema and names what does not fit.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.wire.pipelines import Parameter, Pipeline
from services.dashboard.words import known, say

VALUE, CHECKED = "parameter", "parameter-switch"
"""Types of the ids of controls: what they hold is their `value`, or whether they are `checked`."""

GROUPS = {
    "data": ("data", "offenders", "days", "min_new", "taxonomy", "base_minutes", "base_corpus"),
    "learning": (
        "base_model", "whisper_model", "parts", "pretrain_minutes", "pretrain_epochs", "train_minutes", "train_epochs",
        "members", "seeds", "corpus_seed",
    ),
    "releasing": ("release", "min_macro_f1", "max_class_drop", "name", "deploy"),
    "running": ("tracking", "nice", "threads"),
}  # fmt: skip
"""Parameters that belong together; those that come later stand under the rest."""


class NotJsonError(ValueError):
    """A structure was typed that is none; `args` has the parameter's name."""


def fields(pipeline: Pipeline) -> list[Component]:
    """The form's controls in groups."""
    names = dict.fromkeys(pipeline.parameters)
    parts: list[Component] = []
    for group, members in [*GROUPS.items(), ("other", tuple(names))]:
        found = [name for name in members if name in names]
        for name in found:
            del names[name]
        if found:
            controls = [control(name, pipeline.parameters[name]) for name in found]
            grid = dmc.SimpleGrid(controls, cols={"base": 1, "sm": 2, "xl": 3}, verticalSpacing="md")
            parts.append(html.Fieldset([html.Legend(say(f"models.group.{group}")), grid], className="group"))
    return parts


def control(name: str, parameter: Parameter) -> Component:
    """One parameter's."""
    schema, kinds = parameter.schema, _kinds(parameter.schema)
    below = {} if "boolean" in kinds else {"inputWrapperOrder": ["label", "input", "description", "error"]}
    shared: dict[str, Any] = {
        "id": {"type": CHECKED if "boolean" in kinds else VALUE, "name": name},
        "label": title(name, parameter),
        "description": _help(name, parameter),
        **below,  # inputs stand in line, however long their help is
    }
    if choices := schema.get("enum"):
        data = [{"value": json.dumps(choice), "label": str(choice)} for choice in choices]
        return dmc.Select(data=data, value=json.dumps(parameter.default), allowDeselect=False, **shared)
    if "boolean" in kinds:
        return dmc.Switch(checked=bool(parameter.default), **shared)
    if kinds & {"integer", "number"}:
        whole = "number" not in kinds
        return dmc.NumberInput(
            value=parameter.default,
            min=schema.get("minimum"),
            max=schema.get("maximum"),
            step=1 if whole or schema.get("maximum", 100) > 10 else 0.05,
            allowDecimal=not whole,
            clampBehavior="none",  # what does not fit is said, not changed
            **shared,
        )
    if "array" in kinds and _kinds(schema.get("items", {})) <= {"integer", "number", "string"}:
        return dmc.TagsInput(value=[str(item) for item in parameter.default or []], **shared)
    if kinds & {"array", "object"}:
        return dmc.Textarea(value=json.dumps(parameter.default, ensure_ascii=False), autosize=True, minRows=2, **shared)
    return dmc.TextInput(value=parameter.default or "", autoComplete="off", required=_needed(schema), **shared)


def given(pipeline: Pipeline, values: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the defaults, as the schema has it where that can be.

    Raises:
        NotJsonError: a structure cannot be read.
    """
    read = {name: _read(name, pipeline.parameters[name], value) for name, value in values.items()}
    return {name: value for name, value in read.items() if value != pipeline.parameters[name].default}


def title(name: str, parameter: Parameter) -> str:
    """In the visitor's language where it is known, else as the schema says."""
    return say(f"parameters.{name}") if known(f"parameters.{name}") else parameter.schema.get("title") or name


def _help(name: str, parameter: Parameter) -> str:
    text = say(f"parameters.{name}_help") if known(f"parameters.{name}_help") else parameter.description
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    if low is None or high is None:
        return text
    return f"{text.rstrip('.')} ({say('models.limits', low=low, high=high)})."


def _read(name: str, parameter: Parameter, value: Any) -> Any:
    kinds = _kinds(parameter.schema)
    if "enum" in parameter.schema:
        return json.loads(value)
    if value in ("", None) and "string" in kinds:
        return None if "null" in kinds else ""
    if kinds & {"integer", "number"}:
        return None if value == "" else value
    if "array" in kinds and isinstance(value, list):
        return list(_items(value, _kinds(parameter.schema.get("items", {}))))
    if kinds & {"array", "object"} and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError as error:
            raise NotJsonError(name) from error
    return value


def _items(values: Iterable[str], kinds: set[str]) -> Iterable[Any]:
    """Numbers where they are ones; the API says of the others what is wrong."""
    for value in values:
        try:
            yield float(value) if "number" in kinds else int(value) if "integer" in kinds else value
        except ValueError:
            yield value


def _needed(schema: Mapping[str, Any]) -> bool:
    return "null" not in _kinds(schema) and schema.get("minLength", 0) > 0


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("type", "string")
    return {found} if isinstance(found, str) else set(found)
