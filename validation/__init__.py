"""What a good record is: identifiers, unified frames, checks, issues."""
