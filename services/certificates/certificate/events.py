"""What every event about a certificate says."""

from services.certificates.certificate.models import Certificate


def event_fields(certificate: Certificate) -> dict[str, object]:
    """The fields that every event about a certificate has."""
    return {
        "certificate_id": certificate.id,
        "number": certificate.number,
        "application_id": certificate.application_id,
        "qualification_id": certificate.qualification_id,
        "qualification_version": certificate.qualification_version,
        "valid_until": certificate.valid_until,
        "ends_on": certificate.ends_on,
    }
