"""What innograph does beside its peers, measured in one run: `python -m benchmarks.performance --help`."""
