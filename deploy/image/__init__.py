"""The image of every process, and what it carries besides the platform."""
