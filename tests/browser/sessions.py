"""A browser's session without the way to the provider: for tests of what comes after it."""

from playwright.async_api import BrowserContext

from shared.web.sessions import SESSION_COOKIE


async def open_session(context: BrowserContext, site: str, token: str) -> None:
    """Gives the browser the cookie of somebody who has signed in, at a site by `http:`."""
    await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site}])
