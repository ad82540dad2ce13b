"""Rules compiled from mappings/rules to set-based SQL."""
