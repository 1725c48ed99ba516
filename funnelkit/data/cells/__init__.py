"""Texts of cells read as amounts, dates and marks."""
