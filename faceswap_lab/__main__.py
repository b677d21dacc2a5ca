"""``python -m faceswap_lab``."""

import sys

from faceswap_lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
