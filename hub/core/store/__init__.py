"""The only place with SQL: tables, engine, queries by subject."""
