"""Tests in the newest Home Assistant."""
