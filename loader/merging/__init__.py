"""Merging: other people's tables and graphs beside ours, each a source of its own.

A table goes through four steps, each of which streams: *reading* (any format → rows of text), *mapping*
(rows → observations in the file's own words), *aligning* (words → places, indicators and units of ours)
and *publishing* (observations → a validated named graph in a new release).
"""
