"""Measures a swap on held-out footage: pure metrics, the protocol that applies them, and the report that shows them."""
