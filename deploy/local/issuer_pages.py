"""The pages of the local issuer: who you want to be, and what is wrong with a request."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from deploy.local.authorization import AuthorizationRequest
from deploy.local.roles import ROLES
from shared.locale.accept_language import choose_language

STYLE_SHEET = (Path(__file__).parent / "templates" / "issuer.css").read_bytes()

WORDS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "trial": "Учебный стенд",
        "choose": "За кого войти?",
        "note": "Служба входа учебного стенда: паролей нет, люди вымышлены. "
        "На настоящем сайте здесь страница поставщика учётных записей.",
        "deny": "Отказаться",
        "refused": "Запрос на вход не принят",
        "client": "Его прислала не та программа, или ответ просят отправить по чужому адресу. "
        "Вернитесь на сайт и начните вход заново.",
        "ended": "Сеанс закончен",
    },
    "en": {
        "trial": "Trial site",
        "choose": "Who do you want to be?",
        "note": "The sign-in service of a trial site: no passwords, and the people are invented. "
        "On a real site, the page of the identity provider stands here.",
        "deny": "Decline",
        "refused": "The request to sign in was not accepted",
        "client": "It came from another program, or asks for the answer to be sent elsewhere. "
        "Go back to the site, and begin again.",
        "ended": "The session has ended",
    },
}

_templates = Environment(
    loader=PackageLoader("deploy.local"), autoescape=True, undefined=StrictUndefined
)


def render_choice(request: Request, authorization: AuthorizationRequest) -> HTMLResponse:
    """The page of the parts that one can play, a button for each."""
    site = urlsplit(authorization.redirect_uri)
    return _render(
        request,
        "authorize.html",
        authorization.ui_locales,
        form_action=f"'self' {site.scheme}://{site.netloc}",
        roles=ROLES,
        fields=authorization.model_dump(),
    )


def render_message(request: Request, title: str, text: str = "", status: int = 200) -> HTMLResponse:
    """A page that says one thing: `title` and `text` are keys of `WORDS`."""
    return _render(request, "message.html", "", status, title=title, text=text)


def _render(
    request: Request,
    template: str,
    asked_languages: str,
    status: int = 200,
    form_action: str = "'none'",
    **values: object,
) -> HTMLResponse:
    header = ",".join([*asked_languages.split(), request.headers.get("Accept-Language", "")])
    language = choose_language(header, list(WORDS))
    html = _templates.get_template(template).render(
        language=language, words=WORDS[language], **values
    )
    policy = (
        f"default-src 'none'; style-src 'self'; form-action {form_action}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, status, headers)
