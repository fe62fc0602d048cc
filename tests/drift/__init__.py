"""Tests of the comparison of expected and actual settings."""
