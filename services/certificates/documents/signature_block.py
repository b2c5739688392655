"""The assessment centres' signature blocks, as documents print them. None commits."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.certificates.certificate.schemas import PrintedCentre
from services.certificates.documents.models import SignatureBlock
from services.certificates.documents.schemas import SignatureBlockRequest
from services.certificates.settings import CertificatesContext
from shared.errors import check_version
from shared.events.applications import AssessmentCentre


async def keep_signature_block(
    context: CertificatesContext, number: str, body: SignatureBlockRequest
) -> SignatureBlock:
    """Stores the centre's signature block for documents issued from now on.

    Documents issued before keep the block they were issued with. Raises `StaleVersion` when the
    stored revision is not the expected one.
    """
    session, now = context.session, context.now
    stored_block = await session.get(SignatureBlock, number, with_for_update=True)
    check_version(stored_block.revision if stored_block else 0, context.expected_revision)
    block = stored_block or SignatureBlock(
        number=number, revision=0, updated_at=now, updated_by=context.actor, **vars(body)
    )
    block.sqlmodel_update(body.model_dump())
    block.revision += 1
    block.updated_at, block.updated_by = now, context.actor
    session.add(block)
    await session.flush()
    return block


async def get_printed_centre(session: AsyncSession, centre: AssessmentCentre) -> PrintedCentre:
    """The centre as a document issued now prints it.

    Only its number and name when the centre has stored no signature block.
    """
    (printed_centre,) = await list_printed_centres(session, [centre])
    return printed_centre


async def list_printed_centres(
    session: AsyncSession, centres: Sequence[AssessmentCentre]
) -> list[PrintedCentre]:
    """Each of the centres so, in their order."""
    numbers = {centre.number for centre in centres}
    query = select(SignatureBlock).where(col(SignatureBlock.number).in_(numbers))
    blocks = {block.number: block for block in (await session.exec(query)).all()}
    return [
        PrintedCentre.model_validate(blocks.get(centre.number, centre), from_attributes=True)
        for centre in centres
    ]
