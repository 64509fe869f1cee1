"""Search: an index for each release beside its store, built by a process of its own."""
