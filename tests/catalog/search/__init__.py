"""Finding qualifications."""
