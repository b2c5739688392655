"""The application itself: its statuses, its row and history, how every step begins and ends."""
