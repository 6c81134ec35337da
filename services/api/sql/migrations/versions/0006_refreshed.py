"""When a session was refreshed: for some seconds a token that was used is another tab's."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("sessions", sa.Column("refreshed_at", DateTimeUTC(timezone=True), nullable=True))
