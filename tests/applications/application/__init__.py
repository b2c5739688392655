"""Statuses, steps, versions of qualifications."""
