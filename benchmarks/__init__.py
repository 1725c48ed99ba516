"""Measurements side by side with other ways to the same answer: ``python -m benchmarks``."""
