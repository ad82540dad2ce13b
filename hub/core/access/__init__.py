"""Accounts, tokens, limits, clients' operations. Scope and masking are in hub.core.store."""

from hub.core.access.limits import Limits
from hub.core.access.rights import Right
from hub.core.access.tokens import TokenError, Viewer, authenticate, create_token

__all__ = ["Limits", "Right", "TokenError", "Viewer", "authenticate", "create_token"]
