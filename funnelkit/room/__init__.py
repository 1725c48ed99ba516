"""A room: one machine, many browsers, one trainer; the lessons are the course's own pages."""
