"""Administration: users, teams, service tokens, the audit log, what is kept and what is erased."""

from diktor.wire.accounts import Role
from services.dashboard.page import Page
from services.dashboard.pages.administration import audit, retention, teams, tokens, users
from services.dashboard.pages.administration.parts import HOME

PAGES = (
    Page("administration", HOME, users.layout, users.register, Role.admin),
    Page("administration.teams", f"{HOME}/teams", teams.layout, teams.register, Role.admin, menu=False),
    Page("administration.tokens", f"{HOME}/tokens", tokens.layout, tokens.register, Role.admin, menu=False),
    Page("administration.audit", f"{HOME}/audit", audit.layout, audit.register, Role.admin, menu=False),
    Page("administration.retention", f"{HOME}/retention", retention.layout, retention.register, Role.admin, menu=False),
)
