"""GraphQL: types, operations, permissions."""
