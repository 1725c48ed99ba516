"""From sheets to a pipeline: columns, deals, histories, checks."""
