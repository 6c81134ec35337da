"""Whether everything works, and what does not."""

import dash_mantine_components as dmc
from dash.development.base_component import Component

from services.dashboard.asked import api
from services.dashboard.words import known, say


def shown(*_: object) -> Component:
    """A line, or one per part that is down."""
    found = api().operations.ready()
    if found.status == "ready":
        return dmc.Text(["✓ ", say("overview.all_works")], c="teal", fw=600)
    return dmc.Stack(
        [
            dmc.Text(["⚠ ", say("overview.degraded")], fw=600),
            *(
                dmc.Text([dmc.Text(_part(name), span=True, fw=600), f": {why}"], size="sm", className="broken")
                for name, why in found.down.items()
            ),
        ],
        gap=4,
    )


def _part(name: str) -> str:
    return say(f"overview.part_{name}") if known(f"overview.part_{name}") else name
