"""Outputs beside the converted clip, a file a kind: layers, patches, comparisons."""
