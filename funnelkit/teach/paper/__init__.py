"""What a page of the course wears, printed or standing: frame, letters, a company's brand."""
