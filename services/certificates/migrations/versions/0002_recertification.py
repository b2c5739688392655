"""The certificate that a new one follows: the same qualification, confirmed again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("certificate", sa.Column("recertifies", sa.String))
    op.create_index("ix_certificate_recertifies", "certificate", ["recertifies"])
