"""Maskers: landmarks and a crop matrix in, the face region of the crop out; one class per file."""
