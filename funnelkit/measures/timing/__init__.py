"""How long deals take: in a stage, to an outcome, by the month they began in."""
