"""The six templates, a file each that reads like a table of contents."""
