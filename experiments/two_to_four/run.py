"""What does an encoder that four people share gain or lose? `python -m experiments.two_to_four.run --clips FOLDER`."""

import sys
from pathlib import Path

from experiments.running.jobs import Setting
from experiments.running.main import Study, main

STUDY = Study(
    folder=Path(__file__).parent,
    settings={
        "two": Setting(people=2),
        "four": Setting(people=4),
        "four_twice_as_long": Setting(people=4, times=2.0),
        "two_then_four": Setting(people=4, begins_with="two"),  # what is new trains, the rest is frozen
    },
    small=("two", "four", "two_then_four"),
    figures={
        "closer_to_target_ratio": "closer to target, ratio (higher)",
        "identity_distance_target": "distance to target (lower)",
        "expression_error": "expression error (lower)",
        "flicker_ratio": "flicker, ratio (near 1)",
        "ssim": "restored SSIM (higher)",
    },
    shared=("experiment=light",),
    people=4,
    footage="both",
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
