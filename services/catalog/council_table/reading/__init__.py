"""From a file to rows, from rows to drafts with findings."""
