"""Embedders: a face in, a vector that tells people apart out; one class per file."""
