"""Ways through the course: who learns what, the exit that shows it, the certificate."""
