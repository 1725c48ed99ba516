"""The deals behind the numbers of a report: its lists, the deals they hold, and their courses."""
