"""Following faces from frame to frame: cuts, tracks, gaps and smoothing over a few frames ahead."""
