"""A qualification and its versions: content, statuses, days in force, differences."""
