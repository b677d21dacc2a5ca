"""Face detectors: image in, boxes in frame pixels out; one class per file."""
