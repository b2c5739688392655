"""The style sheet, the script and the icon of all pages.

Each service serves its own copy, so that the pages of one are whole while another is down. A name
holds a part of the content's hash: browsers keep the file for good, and a new release has new
names.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Depends, Response

from shared.errors import NotFound
from shared.web.guards import PUBLIC

FOLDER = Path(__file__).parent / "static"
_NAME = re.compile(r"(attesta|mark)\.[0-9a-f]{12}\.(css|js|svg)")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as browsers get it."""

    stem: str
    suffix: str
    content: bytes
    media_type: str

    @property
    def name(self) -> str:
        """The name in addresses, such as `attesta.0123456789ab.css`."""
        return f"{self.stem}.{hashlib.sha256(self.content).hexdigest()[:12]}.{self.suffix}"


def _read_all(pattern: str) -> bytes:
    """The files of this pattern in the order of their names, as one."""
    return b"\n".join(path.read_bytes() for path in sorted(FOLDER.glob(pattern)))


STYLE_SHEET = StaticFile("attesta", "css", _read_all("*.css"), "text/css")
SCRIPT = StaticFile("attesta", "js", _read_all("*.js"), "text/javascript")
MARK = StaticFile("mark", "svg", _read_all("mark.svg"), "image/svg+xml")
_FILES = {(file.stem, file.suffix): file for file in (STYLE_SHEET, SCRIPT, MARK)}


def build_static_routes() -> APIRouter:
    """The route of the static files, below `/static/<service>`.

    A page of another release, still open or answered by another process, asks for another hash:
    it gets this release's file, which is not kept.
    """
    router = APIRouter(dependencies=[Depends(PUBLIC)], include_in_schema=False)

    @router.get("/static/{service}/{name}")
    async def get_static_file(service: str, name: str) -> Response:  # noqa: ARG001 - the gateway's
        match = _NAME.fullmatch(name)
        file = _FILES.get((match[1], match[2])) if match else None
        if file is None:
            raise NotFound("page.unknown", "There is no such file.")
        age = "public, max-age=31536000, immutable" if name == file.name else "no-cache"
        headers = {"Cache-Control": age, "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type=file.media_type, headers=headers)

    return router
