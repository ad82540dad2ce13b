"""The hub: a GraphQL data-interoperability hub for BNBA poverty data."""
