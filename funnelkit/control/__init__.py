"""Control: checkpoints on open deals, conformance to the sheet, milestones, the action log."""
