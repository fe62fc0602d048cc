"""Weeks in minutes: panels that fail in all ways, and a judge who knows what is true."""
