"""What the routes of a publisher's commands ask for: who it is, the context, a version's id."""

from typing import Annotated

from fastapi import Depends

from services.catalog.qualification.dependencies import ServiceSettings
from services.catalog.qualification.models import VersionId
from services.catalog.qualification.responses import QualificationIdPath
from services.catalog.qualification.version_routes import VersionNumberPath
from services.catalog.settings import CatalogSettings
from shared.context import CommandContext, command_context
from shared.principal import Principal, Scope
from shared.web.dependencies import Now, Transaction
from shared.web.guards import Allow

PUBLISHER = Allow(Scope.PUBLISH)
"""The guard of everything that changes the catalog."""

CatalogPublisher = Annotated[Principal, Depends(PUBLISHER)]
"""Who changes the catalog."""


async def _publisher_context(
    session: Transaction, now: Now, settings: ServiceSettings, publisher: CatalogPublisher
) -> CommandContext[CatalogSettings]:
    return command_context(session, now, settings, publisher.subject)


PublisherContext = Annotated[
    CommandContext[CatalogSettings], Depends(_publisher_context, scope="function")
]
"""The context of a command that creates something: there is nothing yet that its caller saw."""


async def _version_id(
    qualification_id: QualificationIdPath, number: VersionNumberPath
) -> VersionId:
    return VersionId(qualification_id, number)


VersionIdPath = Annotated[VersionId, Depends(_version_id)]
"""The version that the path names."""
