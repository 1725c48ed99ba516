"""What changed between two moments: the open amount step by step, a rate by its causes."""
