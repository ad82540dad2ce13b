"""Entity resolution: source rows to persons and households."""
