"""What happens to a certificate after its issue: annulment, measures, extension, corrections."""
