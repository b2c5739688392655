"""What people typed into forms of a case whose session had ended: kept for them for a day."""
