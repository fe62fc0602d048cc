"""One poll: its requests, and what they confirm."""
