"""Two cases as business schools write them: somebody has to decide; the exhibits are counted."""
