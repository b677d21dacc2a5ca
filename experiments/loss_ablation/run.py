"""What does each loss do to identity, expression and flicker? `python -m experiments.loss_ablation.run`."""

import sys
from pathlib import Path

from experiments.running.jobs import Setting
from experiments.running.main import Study, main

_NO_L1 = ("~loss.terms.l1", "~loss.weights.l1")
_NO_DSSIM = ("~loss.terms.dssim", "~loss.weights.dssim")
_LOSSES = "faceswap_lab.training.losses"
_MS_SSIM = (f"+loss.terms.ms_ssim._target_={_LOSSES}.ms_ssim.MsSsim", "+loss.weights.ms_ssim=1.0")
_GRADIENT = (f"+loss.terms.gradient._target_={_LOSSES}.gradient.GradientDifference", "+loss.weights.gradient=0.5")

STUDY = Study(
    folder=Path(__file__).parent,
    settings={
        "l1": Setting(_NO_DSSIM),
        "dssim": Setting(_NO_L1),
        "l1+dssim": Setting(),
        "ms_ssim": Setting((*_NO_L1, *_NO_DSSIM, *_MS_SSIM)),
        "l1+dssim+features": Setting(("training.features_weight=1.25",)),
        "l1+dssim+gradient": Setting(_GRADIENT),
    },
    small=("l1", "ms_ssim", "l1+dssim+gradient"),
    figures={
        "closer_to_target_ratio": "closer to target, ratio (higher)",
        "identity_distance_target": "distance to target (lower)",
        "expression_error": "expression error (lower)",
        "mouth_opening_correlation": "mouth opening, correlation (higher)",
        "flicker_ratio": "flicker, ratio (near 1)",
        "ssim": "restored SSIM (higher)",
    },
    # The same loss judges restored and swapped faces, and nothing else asks for more. A little of the mask's own term
    # goes with all, because the decoder draws a mask and would learn none.
    shared=(
        "experiment=light",
        "loss=l1_dssim",
        f"+loss.terms.mask._target_={_LOSSES}.mask.MaskL1",
        "+loss.weights.mask=0.05",
        "training.swap_loss=null",
        "training.features_weight=0",
    ),
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
