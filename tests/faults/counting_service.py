"""A service of the tests' own that counts in rows, and gets in its own way as it is asked to."""

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.catalog.settings import CatalogSettings
from shared.db import Database, execute
from shared.web.app import create_app
from shared.web.dependencies import ReadOnlyTransaction, Transaction
from shared.web.guards import PUBLIC
from shared.web.resources import Resources
from tests.clock import ManualClock

ROWS = 4

router = APIRouter(prefix="/counters", dependencies=[Depends(PUBLIC)])

_COUNT = text("UPDATE counter SET value = value + 1 WHERE id = :id")
_ALL = text("SELECT * FROM counter ORDER BY id")


async def create_counters(database: Database) -> None:
    """Makes the table; to be called once."""
    async with database.transaction() as session:
        await execute(session, text("CREATE TABLE counter (id int PRIMARY KEY, value int)"))
        rows = text("INSERT INTO counter SELECT n, 0 FROM generate_series(1, :rows) AS n")
        await execute(session, rows, {"rows": ROWS})


@router.get("")
async def list_counters(session: ReadOnlyTransaction) -> list[int]:
    """All values, in the order of the rows."""
    return [row.value for row in await execute(session, _ALL)]


@router.post("/{number}/count")
async def count_one(number: int, session: Transaction) -> dict[str, int]:
    """Counts in one row."""
    await execute(session, _COUNT, {"id": number})
    return {"number": number}


@router.post("/{first}/{second}/count")
async def count_two(first: int, second: int, session: Transaction) -> dict[str, int]:
    """Counts in two rows, and holds the first one for a while before the second."""
    await execute(session, _COUNT, {"id": first})
    await execute(session, text("SELECT pg_sleep(0.3)"))
    await execute(session, _COUNT, {"id": second})
    return {"number": second}


@router.post("/{number}/judge")
async def count_by_all(number: int, session: Transaction) -> dict[str, int]:
    """Counts in one row by what stands in all of them, as if nobody else were there."""
    await execute(session, text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
    await execute(session, text("SELECT sum(value) FROM counter"))
    await execute(session, text("SELECT pg_sleep(0.3)"))
    await execute(session, _COUNT, {"id": number})
    return {"number": number}


@router.post("/{number}/dawdle")
async def count_slowly(number: int, session: Transaction) -> dict[str, int]:
    """Counts, and then has always something else to ask."""
    await execute(session, _COUNT, {"id": number})
    while True:
        await execute(session, text("SELECT pg_sleep(0.1)"))


def create_counting_service(settings: CatalogSettings) -> FastAPI:
    """The service; its table is made by `create_counters`."""
    resources: Resources[CatalogSettings] = Resources.open(settings, ManualClock())
    return create_app(resources, [router], summary="Counters")


class _Base(DeclarativeBase):
    pass


class Counter(_Base):
    """A row in which is counted."""

    __tablename__ = "counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
