"""Reference data and layouts, and the frozen models that type them."""
