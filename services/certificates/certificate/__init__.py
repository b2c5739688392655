"""The certificate itself: its number, its standing on a day, its rows and how it is read."""
