"""Answers to be quoted: a number with its definition, what was left out, and where it is from."""
