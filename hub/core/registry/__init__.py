"""Golden records: survivorship and provenance."""
