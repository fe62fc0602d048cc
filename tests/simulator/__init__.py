"""Tests of the simulated panel."""
