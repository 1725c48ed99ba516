"""What each report works out of its pipeline, once: the numbers its sections tell."""
