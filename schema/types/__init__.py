"""GraphQL types; those that refer to each other stand in one module."""
