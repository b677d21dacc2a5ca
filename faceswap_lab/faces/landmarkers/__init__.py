"""Landmarkers: image and box in, 68 points in frame pixels out; one class per file."""
