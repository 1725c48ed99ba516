"""The works: rows of parameters in, finished files out; nothing here knows what a page says."""
