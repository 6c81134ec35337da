"""What of the calls whoever asks may see."""

from diktor.store.sight import EVERYTHING, Sight
from services.api.access import Principal, Role


def sight_of(principal: Principal) -> Sight:
    """Admins, and service tokens that a route lets in: all. Supervisors: their teams. Operators: their own."""
    if principal.role is None or principal.role is Role.admin:
        return EVERYTHING
    if principal.role is Role.supervisor:
        return Sight(teams=tuple(sorted(principal.teams)))
    return Sight(operators=(principal.operator_id,) if principal.operator_id else ())
