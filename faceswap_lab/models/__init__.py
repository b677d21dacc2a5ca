"""Networks, torch only: a shared encoder and bottleneck, and one decoder per identity."""
