"""Tests of the client for the panel's API."""
