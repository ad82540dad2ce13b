"""Accounts and tokens. Scope and masking, which are part of every read, are in hub.core.store."""

from hub.core.access.tokens import TokenError, Viewer, authenticate, create_token

__all__ = ["TokenError", "Viewer", "authenticate", "create_token"]
