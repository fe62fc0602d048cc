"""Tests of the BAS-IP integration."""
