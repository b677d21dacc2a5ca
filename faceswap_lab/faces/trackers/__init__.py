"""Trackers: frame and state in, tracked faces and the next state out; one class per file."""
