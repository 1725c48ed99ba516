"""Pages: what reports and apps put on a screen, knowing nothing of sales.

``parts`` are the sentences and tables a page is made of, ``style`` is its look.
"""
