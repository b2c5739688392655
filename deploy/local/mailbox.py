"""The local stack's mailbox: takes every letter by SMTP, and shows what was sent on a page.

`python -m deploy.local.mailbox --folder ... --port ... --smtp-port ...`. For trying out; in
production a mail relay stands in its place. Nothing leaves this machine.
"""

import argparse
import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Annotated

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Response
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel

from deploy.local.issuer_pages import STYLE_SHEET

LOCALHOST = "127.0.0.1"
MOST_SHOWN = 200
"""Letters that the page lists, the newest first."""

_FRAME_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'"
_LETTER_POLICY = "sandbox; default-src 'none'"

_templates = Environment(
    loader=PackageLoader("deploy.local"), autoescape=True, undefined=StrictUndefined
)


class MailboxLetter(BaseModel):
    """A letter that came in."""

    number: int
    message_id: str
    recipient: str
    subject: str
    sent_at: str
    text: str


class Mailbox:
    """The letters in a folder, a file each, numbered as they came."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        newest = max((int(path.stem) for path in folder.glob("*.eml")), default=0)
        self._numbers = itertools.count(newest + 1)

    async def handle_DATA(  # noqa: N802 - a name of the library's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Takes a letter in."""
        assert isinstance(envelope.content, bytes), "the server decodes nothing"
        unfinished = self._folder / f"{next(self._numbers)}.new"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(unfinished.with_suffix(".eml"))
        return "250 OK"

    def list_letters(self) -> list[MailboxLetter]:
        """The letters, the newest first."""
        numbers = sorted((int(path.stem) for path in self._folder.glob("*.eml")), reverse=True)
        return [self.read_letter(number) for number in numbers[:MOST_SHOWN]]

    def read_letter(self, number: int) -> MailboxLetter:
        """The letter with this number. Raises `FileNotFoundError`."""
        message = self._read_message(number)
        return MailboxLetter(
            number=number,
            message_id=str(message["Message-ID"]),
            recipient=str(message["To"]),
            subject=str(message["Subject"]),
            sent_at=str(message["Date"]),
            text=_read_body(message, "plain"),
        )

    def read_html(self, number: int) -> str:
        """The letter as its reader's program shows it. Raises `FileNotFoundError`."""
        return _read_body(self._read_message(number), "html")

    def _read_message(self, number: int) -> EmailMessage:
        content = (self._folder / f"{number}.eml").read_bytes()
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage), "the policy makes such"
        return message


def _read_body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


def build_mailbox(folder: Path, smtp_port: int, host: str = LOCALHOST) -> FastAPI:
    """The mailbox's application; it takes letters on the port for as long as it runs."""
    mailbox = Mailbox(folder)

    @asynccontextmanager
    async def take_letters(_: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(mailbox, hostname="localhost", loop=loop), host, smtp_port
        )
        try:
            yield
        finally:
            server.close()

    app = FastAPI(
        title="Attesta's local mailbox", docs_url=None, redoc_url=None, lifespan=take_letters
    )
    _add_routes(app, mailbox)
    return app


LetterNumber = Annotated[int, PathParameter(ge=1)]


def _add_routes(app: FastAPI, mailbox: Mailbox) -> None:
    @app.get("/health/ready")
    async def get_readiness() -> dict[str, str]:
        return {"status": "ready"}

    @app.get("/letters")
    def list_letters() -> list[MailboxLetter]:
        return mailbox.list_letters()

    @app.get("/")
    def show_letters() -> HTMLResponse:
        html = _templates.get_template("mailbox.html").render(letters=mailbox.list_letters())
        return HTMLResponse(html, headers={"Content-Security-Policy": _FRAME_POLICY})

    @app.get("/letters/{number}")
    def show_letter(number: LetterNumber) -> HTMLResponse:
        try:
            letter = mailbox.read_letter(number)
        except FileNotFoundError:
            return HTMLResponse("There is no such letter.", 404)
        html = _templates.get_template("letter.html").render(letter=letter)
        return HTMLResponse(html, headers={"Content-Security-Policy": _FRAME_POLICY})

    @app.get("/letters/{number}/html")
    def show_body(number: LetterNumber) -> HTMLResponse:
        try:
            html = mailbox.read_html(number)
        except FileNotFoundError:
            return HTMLResponse("There is no such letter.", 404)
        return HTMLResponse(html, headers={"Content-Security-Policy": _LETTER_POLICY})

    @app.get("/issuer.css")
    async def get_style_sheet() -> Response:
        return Response(STYLE_SHEET, media_type="text/css")


def run_mailbox() -> None:
    """Runs the mailbox until it is told to stop."""
    parser = argparse.ArgumentParser(description="Takes letters and shows them.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default=LOCALHOST)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    options = parser.parse_args()
    app = build_mailbox(options.folder, options.smtp_port, options.host)
    uvicorn.run(app, host=options.host, port=options.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    run_mailbox()
