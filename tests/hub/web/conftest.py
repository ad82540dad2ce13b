from registries import own_registry, registry

__all__ = ["own_registry", "registry"]
