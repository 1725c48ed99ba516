"""Kinds of answers: numbers, days, choices, what is written; each reads, judges and asks."""
