"""The language in which a program is answered: the one that it asks for, English without."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from shared.locale.accept_language import choose_language
from shared.locale.field_errors import PLAIN_LANGUAGE
from shared.locale.translator import Translator
from shared.web.resources import get_resources


def choose_translator(connection: HTTPConnection) -> Translator:
    """The words of the language that `Accept-Language` prefers; English ones without it."""
    languages = get_resources(connection).languages
    codes = [PLAIN_LANGUAGE, *(code for code in languages if code != PLAIN_LANGUAGE)]
    return languages[choose_language(connection.headers.get("Accept-Language", ""), codes)]


async def _choose_client_words(request: Request) -> Translator:
    return choose_translator(request)


ClientWords = Annotated[Translator, Depends(_choose_client_words)]
"""The words in which the client is answered: what is wrong with its rows, what a verdict means."""
