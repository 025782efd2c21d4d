"""Pages of the registry: thin views over selectors and services."""
