"""Taking applications in: the form, drafts, groups, consent, renewal."""
