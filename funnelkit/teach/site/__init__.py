"""The course as pages: lessons, forms, what-ifs, tests and progress as HTML, no kernel needed."""
