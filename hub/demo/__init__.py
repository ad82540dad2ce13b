"""Synthetic exports of every source, and the demonstration built from them."""
