"""Withdrawn qualifications: from which day on nobody may apply for them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "qualification_withdrawal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("withdrawn_from", sa.Date, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
