"""Tests of the integration in a real Home Assistant, in a real browser."""
