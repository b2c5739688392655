"""The published language does not change its meaning: golden files hold the line."""
