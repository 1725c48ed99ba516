"""Closing dates and forecast categories: how well they are kept, and what they foretell."""
