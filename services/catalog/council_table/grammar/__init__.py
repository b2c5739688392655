"""What the form's cells say: codes, names, levels, standards, requirements; and its findings."""
