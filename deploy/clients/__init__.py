"""Clients of the API, packed of the documents and of `clients/`."""
