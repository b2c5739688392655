"""The applicant's documents: what is required, the files, the store, the antivirus."""
