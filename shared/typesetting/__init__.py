"""Papers as PDF: fonts for the scripts of all names, text that stays on its sheet."""
