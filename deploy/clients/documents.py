"""The OpenAPI documents of the services, as generators of clients read them."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet
from fastapi import FastAPI
from joserfc.jwk import ECKey, KeySet
from pydantic import SecretStr

import services.applications.main
import services.catalog.main
import services.certificates.main
from services.applications.settings import ApplicationsSettings
from services.catalog.settings import CatalogSettings
from services.certificates.settings import CertificatesSettings
from shared.web.openapi import build_document

NO_DATABASE = SecretStr("postgresql:///")
"""A document is made without a connection."""
JSON_TYPES = ("application/json", "+json")
FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
BYTES = {"type": "string", "format": "binary"}


def build_documents() -> dict[str, dict[str, Any]]:
    """The document of each service by the service's name."""
    return {
        service: build_document(app, app.state.resources.settings)
        for service, app in create_applications().items()
    }


def create_applications() -> dict[str, FastAPI]:
    """The HTTP application of each service by its name, with keys that seal and sign nothing."""
    data_keys = SecretStr(Fernet.generate_key().decode())
    signing_key = ECKey.generate_key("P-256", {"kid": "document", "use": "sig", "alg": "ES256"})
    key_set = json.dumps(KeySet([signing_key]).as_dict(private=True))
    return {
        "applications": services.applications.main.create(
            ApplicationsSettings(database_url=NO_DATABASE, data_keys=data_keys)
        ),
        "catalog": services.catalog.main.create(CatalogSettings(database_url=NO_DATABASE)),
        "certificates": services.certificates.main.create(
            CertificatesSettings(
                database_url=NO_DATABASE, data_keys=data_keys, signing_keys=SecretStr(key_set)
            )
        ),
    }


def describe_contents_as_bytes(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with one media type a body, and bytes for the schema of what is no JSON.

    Generators read a schema as that of a whole body. A stream of lines has one for each line, which
    the layer above the generated code reads.
    """
    return {**document, "paths": _replace_contents(document["paths"])}


def _replace_contents(node: Any) -> Any:
    if isinstance(node, list):
        return [_replace_contents(item) for item in node]
    if not isinstance(node, dict):
        return node
    copied_node = {name: _replace_contents(value) for name, value in node.items()}
    content = node.get("content")
    if isinstance(content, dict) and content and all("/" in media_type for media_type in content):
        media_type, described = next(iter(content.items()))
        is_known = media_type.endswith(JSON_TYPES) or media_type in FORM_TYPES
        copied_node["content"] = {media_type: described if is_known else {"schema": BYTES}}
    return copied_node
