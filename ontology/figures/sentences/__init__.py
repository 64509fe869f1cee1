"""Claims in sentences, found by rules: pure functions over a text and the graph's own labels.

`reading.read` takes a text apart; `lexicon.Lexicon` knows the names; `records` are what is found. Precision
goes before recall: what a rule does not fit is told as not understood, with its words and offsets.
Offsets are code points of the text as given, start inclusive, end exclusive.
"""
