"""Operators and teams: all of them in an order, and each by itself."""

from diktor.wire.accounts import Role
from services.dashboard.page import Page
from services.dashboard.pages.operators import listed, one

PAGES = (
    Page("operators", "/operators", listed.layout, listed.register, Role.supervisor),
    Page("operators.one", "/operators/<operator_id>", one.operator, one.register, Role.supervisor, menu=False),
    Page("operators.team", "/teams/<team_id>", one.team, role=Role.supervisor, menu=False),
)
