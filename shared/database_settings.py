"""How every process reaches its database, and how long it waits for it."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class DatabaseSettings(BaseSettings):
    """Of every service; `Settings` says from where they are read."""

    database_url: SecretStr = Field(
        description="postgresql:// address of this service's database;"
        " of several hosts, apart by commas, the one that is no standby is used"
    )
    database_pool_size: int = Field(default=10, ge=1, description="connections kept open")
    database_pool_overflow: int = Field(default=10, ge=0, description="connections above that")
    database_pool_wait_seconds: float = Field(
        default=10, gt=0, description="who has no connection of the pool by then, gives up"
    )
    connect_timeout_seconds: float = Field(
        default=10, gt=0, description="of making a connection to the database"
    )
    statement_timeout_seconds: float = Field(
        default=30,
        gt=0,
        description="after so long the database breaks a statement off; a database that is silent"
        " for 2 s longer is left",
    )
    lock_timeout_seconds: float = Field(
        default=10,
        gt=0,
        description="after so long nobody waits for a locked row any more, and a command that"
        " others got in the way of is not tried again",
    )
    transaction_timeout_seconds: float = Field(
        default=120, gt=0, description="after so long a transaction that writes is broken off"
    )
    database_pooler: bool = Field(
        default=False,
        description="whether PgBouncer, in session mode, stands before the database: parameters are"
        " set after connecting then",
    )
    schema_lock_seconds: float = Field(
        default=0.25,
        ge=0.001,
        le=60,
        description="migrations and the upkeep of partitions ask for a table's lock for so long,"
        " while others wait behind them, and later again",
    )
    migration_limit_seconds: float = Field(
        default=3600, gt=0, description="a migration gives up after so long without such a lock"
    )
