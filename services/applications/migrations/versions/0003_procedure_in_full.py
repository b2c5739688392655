"""The form in full, the whole procedure, time limits, appeals, retention."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB

FIRST_TEXT = (
    "Я даю согласие на обработку моих персональных данных, указанных в заявлении и приложенных "
    "документах, для проведения независимой оценки квалификации по Федеральному закону от "
    "03.07.2016 № 238-ФЗ: фамилия, имя, отчество, дата рождения, документ, удостоверяющий "
    "личность, адрес, контакты, образование, опыт работы, результаты экзамена, сведения о "
    "свидетельстве и запись в реестре. Согласие действует, пока не отозвано."
)


def upgrade() -> None:
    _application()
    _consent()
    _procedure()
    _appeals_and_limits()
    _erasure()


def _of_application(*, primary_key: bool = False) -> sa.Column[UUID]:
    return sa.Column(
        "application_id",
        sa.Uuid,
        sa.ForeignKey("application.id"),
        primary_key=primary_key,
        nullable=False,
    )


def _serial() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _application() -> None:
    for name in ("family_name", "given_name", "birth_date"):
        op.alter_column("application", name, nullable=True)
    for name in (
        *("address", "postal_address", "identity_key", "employer_number"),
        *("applicant_subject", "reviewer"),
    ):
        op.add_column("application", sa.Column(name, sa.String))
    for name in ("payer", "representative", "recertifies"):
        op.add_column("application", sa.Column(name, JSONB))
    for name in ("closed_on", "kept_until", "erased_on", "received_on"):
        op.add_column("application", sa.Column(name, sa.Date))
    op.add_column("application", sa.Column("identity_document", sa.LargeBinary))
    op.add_column("application", sa.Column("previous_id", sa.Uuid))
    op.add_column("application", sa.Column("council", sa.String))
    op.execute(
        "UPDATE application a SET received_on = submitted_at::date, council = "
        "(SELECT v.payload #>> '{qualification,council}' FROM qualification_version v "
        "WHERE v.id = a.qualification_id AND v.version = a.qualification_version)"
    )
    op.execute("UPDATE application SET status = 'with_council' WHERE status = 'examined'")
    op.execute("UPDATE history SET to_status = 'with_council' WHERE to_status = 'examined'")
    op.execute("UPDATE history SET from_status = 'with_council' WHERE from_status = 'examined'")
    op.alter_column("application", "received_on", nullable=False)
    op.alter_column("application", "council", nullable=False)
    for name, columns in (
        ("by_centre", ["centre_number", "submitted_at", "id"]),
        ("by_applicant", ["applicant_subject", "submitted_at", "id"]),
        ("by_employer", ["employer_number", "submitted_at", "id"]),
        ("kept_until", ["kept_until"]),
        ("identity_key", ["identity_key"]),
    ):
        op.create_index(f"ix_application_{name}", "application", columns)


def _consent() -> None:
    texts = op.create_table(
        "consent_text",
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("in_force_from", sa.Date, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    assert texts is not None
    op.execute(
        texts.insert().values(
            version="2025-09-01",
            text=FIRST_TEXT,
            in_force_from=sa.text("date '2025-09-01'"),
            recorded_at=sa.func.now(),
        )
    )
    op.execute(
        "INSERT INTO consent_text SELECT DISTINCT text_version, 'unknown', date '2017-01-01', "
        "now() FROM consent ON CONFLICT DO NOTHING"
    )
    op.create_foreign_key(
        "fk_consent_text_version_consent_text",
        "consent",
        "consent_text",
        ["text_version"],
        ["version"],
    )
    op.add_column("consent", sa.Column("withdrawn_at", INSTANT))
    op.add_column(
        "document",
        sa.Column(
            "media_type", sa.String, nullable=False, server_default="application/octet-stream"
        ),
    )
    op.add_column(
        "document", sa.Column("scan", sa.String, nullable=False, server_default="not_configured")
    )
    op.alter_column("document", "media_type", server_default=None)
    op.alter_column("document", "scan", server_default=None)


def _procedure() -> None:
    op.execute(
        "ALTER TABLE review ALTER remarks TYPE jsonb USING CASE WHEN remarks IS NULL "
        "THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('text', remarks)) END"
    )
    op.alter_column("review", "remarks", nullable=False)
    op.create_table(
        "appointment",
        _serial(),
        _of_application(),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("agreed_on", sa.Date, nullable=False),
        sa.Column("agreed_with", JSONB, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index("ix_appointment_application", "appointment", ["application_id", "id"])
    for table in ("examination", "decision"):
        # Its name depends on the version of the tool that made the table.
        query = sa.text(
            "SELECT conname FROM pg_constraint WHERE contype = 'p' "
            "AND conrelid = to_regclass(:made)"
        )
        name = op.get_bind().scalar(query, {"made": table})
        op.drop_constraint(str(name), table)
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        )
        op.create_index(f"ix_{table}_application", table, ["application_id", "id"])
    op.add_column("examination", sa.Column("began_on", sa.Date))
    op.execute("UPDATE examination SET began_on = held_on")
    op.alter_column("examination", "began_on", nullable=False)
    op.add_column("examination", sa.Column("instrument", sa.String))
    for name in ("parts", "materials"):
        op.add_column("examination", sa.Column(name, JSONB, nullable=False, server_default="[]"))
        op.alter_column("examination", name, server_default=None)
    op.alter_column("examination", "examiners", new_column_name="commission")
    op.execute(
        "UPDATE examination SET commission = (SELECT jsonb_agg(jsonb_build_object('name', name, "
        "'own_staff', true)) FROM jsonb_array_elements_text(commission) AS name)"
    )
    op.add_column("decision", sa.Column("recommendation", sa.String))
    op.add_column("decision", sa.Column("statement_number", sa.String))
    op.create_unique_constraint("uq_decision_statement_number", "decision", ["statement_number"])
    op.create_index("ix_certificate_number", "certificate", ["number"])
    op.execute("CREATE SEQUENCE statement_serial")
    op.create_table(
        "delivery",
        _of_application(primary_key=True),
        sa.Column("handed_over_on", sa.Date),
        sa.Column("handed_over_by", sa.String),
        sa.Column("registry_record", sa.String),
        sa.Column("registry_entered_on", sa.Date),
    )


def _appeals_and_limits() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid, primary_key=True),
        _of_application(),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("appellant", sa.String, nullable=False),
        sa.Column("appellant_name", sa.String),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("said", sa.String),
        sa.Column("informed_on", sa.Date, nullable=False),
        sa.Column("filed_on", sa.Date, nullable=False),
        sa.Column("registration_number", sa.String),
        sa.Column("registered_on", sa.Date),
        sa.Column("hearing_at", INSTANT),
        sa.Column("hearing_told_on", sa.Date),
        sa.Column("place", sa.String),
        sa.Column("chair", sa.String),
        sa.Column("members", JSONB),
        sa.Column("outcome", sa.String),
        sa.Column("remedy", sa.String),
        sa.Column("reasons", sa.String),
        sa.Column("decided_on", sa.Date),
        sa.Column("sent_on", sa.Date),
        sa.Column("executed_on", sa.Date),
    )
    op.create_index("ix_appeal_application", "appeal", ["application_id", "filed_on"])
    op.create_table(
        "time_limit",
        _serial(),
        _of_application(),
        sa.Column("appeal_id", sa.Uuid, sa.ForeignKey("appeal.id")),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("centre_number", sa.String, nullable=False),
        sa.Column("answers", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("begun_on", "at_risk_on")),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("told_at_risk_on", sa.Date),
        sa.Column("told_late_on", sa.Date),
        sa.Column("next_on", sa.Date),
        sa.UniqueConstraint(
            *("application_id", "appeal_id", "name", "round"),
            name="uq_time_limit_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_time_limit_next", "time_limit", ["next_on", "id"])
    op.create_index("ix_time_limit_application", "time_limit", ["application_id", "id"])
    op.create_index(
        "ix_time_limit_open",
        "time_limit",
        ["due_on", "id"],
        postgresql_where=sa.text("ended_on IS NULL"),
    )


def _erasure() -> None:
    op.create_table(
        "erasure",
        _of_application(primary_key=True),
        sa.Column("act_number", sa.String, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("log", JSONB, nullable=False),
        sa.Column("files_left", JSONB, nullable=False),
        sa.UniqueConstraint("act_number", name="uq_erasure_act_number"),
    )
    op.execute("CREATE SEQUENCE erasure_serial")
