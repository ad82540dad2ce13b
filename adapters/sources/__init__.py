"""Quirks of one source system each."""
