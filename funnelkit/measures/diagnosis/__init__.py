"""How a diagnosis judges: cells of the funnel, a family of tests, what differs by seller."""
