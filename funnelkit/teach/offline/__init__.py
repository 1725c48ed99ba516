"""The course as plain files: answered and checked in the browser, without Python or a network."""
