"""Drafts as the form, in DOCX and CSV; each is read back before it is given out."""
