"""The approval that a trial states for the qualifications it loads, since nobody has given one."""

from datetime import date, timedelta


def build_load_command(catalog_url: str, today: date) -> tuple[str, ...]:
    """The module that publishes what ships with the catalog, and its arguments.

    In force since yesterday, with the registry's numbers since today.
    """
    yesterday = str(today - timedelta(days=1))
    return (
        *("services.catalog.load", catalog_url),
        *("--approved-by", "Attesta, local stack: for trying out, approved by nobody"),
        *("--protocol-number", "0", "--protocol-date", yesterday),
        *("--effective-from", yesterday, "--numbered-from", str(today)),
    )
