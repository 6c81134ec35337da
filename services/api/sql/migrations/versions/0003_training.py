"""Exercises that were given, and attempts at them."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC, JsonB
from alembic import op

revision = "0003"
down_revision = "0002"

FIGURES = ("total", "r", "g", "fluency", "tempo", "completeness")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "exercises",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", DateTimeUTC(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("criteria", JsonB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exercises"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_exercises_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_exercises_user_id_key", "exercises", ["user_id", "key"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", DateTimeUTC(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("exercise_id", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("audio", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claimed_until", DateTimeUTC(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("judgement", JsonB, nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in FIGURES),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_attempts_user_id_users", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["exercise_id"], ["exercises.id"], name="fk_attempts_exercise_id_exercises", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_attempts_user_id_idempotency_key"),
    )
    op.create_index("ix_attempts_exercise_id", "attempts", ["exercise_id"])
    op.create_index("ix_attempts_state_claimed_until", "attempts", ["state", "claimed_until"])
