"""Files the kit keeps: written whole, one writer at a time, read within bounds, safe as tables."""
