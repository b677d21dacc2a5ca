"""Faces: found in frames, measured, aligned, and kept as a face set on disk."""
