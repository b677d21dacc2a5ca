"""One thin module per command: its docstring's first line is its help, ``run(cfg)`` does the work."""
