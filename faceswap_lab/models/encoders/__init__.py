"""Encoders: RGB faces in [0, 1] to a feature map; one file and one ``conf/encoder`` option each."""
