"""Who asks, and what they may do."""

from diktor.wire.accounts import Role, Scope
from services.api.access.guards import at_least, scoped, signed_in
from services.api.access.principal import Principal, provide_principal

__all__ = ["Principal", "Role", "Scope", "at_least", "provide_principal", "scoped", "signed_in"]
