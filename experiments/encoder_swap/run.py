"""Which encoder gives the best held-out swap in the same minutes? `python -m experiments.encoder_swap.run`."""

import sys
from pathlib import Path

from experiments.running.jobs import Setting
from experiments.running.main import Study, main

ENCODERS = (
    "light",
    "original",
    "original_short",
    "villain",
    "timm_convnextv2_atto",
    "timm_edgenext_xx_small",
    "timm_efficientvit_b0",
    "timm_mobilenetv4_conv_small",
    "timm_resnet18",
    "timm_vit_tiny",
)

STUDY = Study(
    folder=Path(__file__).parent,
    settings={encoder: Setting([f"encoder={encoder}"]) for encoder in ENCODERS},
    small=("light", "timm_mobilenetv4_conv_small"),
    figures={
        "closer_to_target_ratio": "closer to target, ratio (higher)",
        "identity_distance_target": "distance to target (lower)",
        "expression_error": "expression error (lower)",
        "flicker_ratio": "flicker, ratio (near 1)",
        "ssim": "restored SSIM (higher)",
    },
    shared=("experiment=light",),
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
