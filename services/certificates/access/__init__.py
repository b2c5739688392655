"""Who may do what with a certificate, and the record of who saw personal data."""
