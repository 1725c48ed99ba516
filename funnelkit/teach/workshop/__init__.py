"""The workshop in a box: agenda, folder, slides, run of show, handout, key; the room afterwards.

Nothing is imported here: practice data look for the settings of a workshop at every start.
"""
