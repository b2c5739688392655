"""Upgrades the services' databases to the schema of this code."""
