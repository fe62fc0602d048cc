"""Comparison of expected and actual SIP settings, without I/O or Home Assistant."""
