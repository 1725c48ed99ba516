"""What stands below the headings of the templates."""
