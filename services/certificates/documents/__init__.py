"""What is printed: certificates, duplicates, not-passed statements, signature blocks."""
