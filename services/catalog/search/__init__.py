"""Finding qualifications: filters, words, pages."""
