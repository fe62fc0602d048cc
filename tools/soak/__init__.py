"""Weeks in minutes: panels that fail in all ways, and a judge of what is shown."""
