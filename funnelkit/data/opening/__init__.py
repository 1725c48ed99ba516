"""Whatever somebody points at, opened: files, frames and databases as sheets."""
