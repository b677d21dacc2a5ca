"""Loss terms, and the weighted sum that YAML composes from them."""
