"""Plans of notices in the catalog."""
