"""What changed between two releases: found graph by graph, told by thing, and written as a patch.

`finding` gives the quads that only one of the two releases has, `telling` groups them by source and by
thing, `files` writes both for whoever serves them. Memory stays bounded: what is found is sorted on disk.
"""
