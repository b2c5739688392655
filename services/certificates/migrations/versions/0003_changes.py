"""What happens to a certificate after its issue."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("certificate", sa.Column("ends_on", sa.Date))
    op.execute("UPDATE certificate SET ends_on = valid_until")
    op.alter_column("certificate", "ends_on", nullable=False)
    op.add_column(
        "certificate", sa.Column("generation", sa.Integer, nullable=False, server_default="0")
    )
    op.alter_column("certificate", "generation", server_default=None)
    op.create_index("ix_certificate_ends_on", "certificate", ["ends_on", "id"])
    op.create_table(
        "certificate_change",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("certificate_id", sa.Uuid, sa.ForeignKey("certificate.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("basis", sa.String),
        sa.Column("valid_until", sa.Date),
        sa.Column("successor", sa.String),
        sa.Column("window_from", sa.Date),
        sa.Column("window_to", sa.Date),
    )
    op.create_index(
        "ix_certificate_change_certificate", "certificate_change", ["certificate_id", "id"]
    )
