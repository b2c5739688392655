"""The groups of operations in the OpenAPI document, and what each is for."""

from collections.abc import Mapping
from typing import Any

TAGS: Mapping[str, str] = {
    "appeals": "Appeals against a refusal, from the complaint to its execution.",
    "applications": "Applications for an examination, from the form to the council's decision.",
    "certificates": "Certificates, what happens to them after their issue, and their documents.",
    "changes": "What was published and withdrawn, by positions without gaps: for copies.",
    "documents": "Files that belong to an application: attached, removed, downloaded.",
    "exports": "The catalogue taken away: as the council's form, JSON, or a line each.",
    "groups": "Many applications in one file, each answered by itself.",
    "health": "Whether the process is up, and whether it can do its work.",
    "imports": "A council's table uploaded: the dry run, its report, the rows applied.",
    "limits of law": "The time limits of the procedure, with their sources, and who is late.",
    "mail": "Letters printed to be posted, and what could not be delivered.",
    "notices": "The days on which holders are told that a certificate ends, by qualification.",
    "offices": "Where the digests of centres and councils go.",
    "operations": "For those who run the service: events, jobs, letters, metrics.",
    "personal data": "Consent, its withdrawal, a person's own data, and its erasure.",
    "problems": "Every rule by which the API refuses a request: what it means, what to do.",
    "procedure": "The steps of centre and council, from the review to the registry's entry.",
    "qualifications": "Qualifications and their requirements: found, read, drafted.",
    "registry": "What the national registry reads and answers: feed, manifests, receipts.",
    "renewal": "How many renewals a day there is room for, and windows that a council moves.",
    "rosters": "The certificates that an employer watches, and the events about them, by polling.",
    "verification": "Whether a certificate is valid: one, many at once, or a job of many.",
    "versions": "The versions of a qualification, from a draft to its publication.",
    "webhooks": "Addresses to which the events of a roster are sent, and what was sent.",
}


def describe_tags(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tags that operations of this document have, with their descriptions."""
    names = {
        tag
        for methods in document["paths"].values()
        for operation in methods.values()
        for tag in operation.get("tags", [])
    }
    return [{"name": name, "description": TAGS[name]} for name in sorted(names)]
