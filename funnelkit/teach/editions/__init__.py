"""From a master to what learners open: lesson, exercise and solution notebooks, both languages."""
