"""The registry: store, ingest, linkage, survivorship, rules, access."""
