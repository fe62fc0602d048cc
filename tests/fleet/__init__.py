"""Tests in a real Prometheus."""
