"""Ways to write an output, a file a kind: each is a `WriterFactory` whose fields are the options of its YAML."""
