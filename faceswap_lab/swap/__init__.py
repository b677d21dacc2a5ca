"""Puts a trained identity's face into footage: network, colour, mask, composite, and the streaming pipeline."""
