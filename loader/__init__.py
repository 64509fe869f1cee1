"""From authored files to a published release: read, build, validate, derive, publish."""
