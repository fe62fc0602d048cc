"""The demonstration: simulated panels in a Home Assistant of their own."""
