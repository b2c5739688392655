"""Tests of the drafts of forms."""
