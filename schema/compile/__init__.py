"""A GraphQL selection as one SQL statement per root field, whose result is the JSON to send."""
