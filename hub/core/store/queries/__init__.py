"""The reads of the registry, by subject; each takes a Reader and applies its scope."""
