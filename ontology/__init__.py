"""The vocabulary: `innograph.ttl`, what it extends, and the namespaces that every module imports."""
