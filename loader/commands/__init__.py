"""The commands of the loader, by subject; each is named in pyproject.toml as an entry point."""
