#!/usr/bin/env bash
# Real footage through the whole job; prints the figures at the end. Usage: FACESWAP_LAB_FOOTAGE=… ./run.sh [minutes]
set -euo pipefail
footage="${FACESWAP_LAB_FOOTAGE:?the folder that holds clips/ and splits.json}/clips"
minutes="${1:-9}"
here="$(cd "$(dirname "$0")" && pwd)"
out="$here/runs/$(date +%Y%m%d-%H%M%S)"
terms=(identity.consent.basis=licensed-dataset
  "identity.consent.reference='bytedance/LatentSync: filmed by contracted models'" identity.licence=Apache-2.0)
SECONDS=0

faceswap-lab extract footage="$footage/man_kitchen.mp4" faceset="$out/faces/man" identity.name=man num_embedded=96 refine=accurate "${terms[@]}"
faceswap-lab extract footage="$footage/woman_outdoors.mp4" faceset="$out/faces/woman" identity.name=woman num_embedded=96 refine=accurate "${terms[@]}"
# The first frames of each clip train, as splits.json says; what is 1 s away from them only shows the course of training.
faceswap-lab train experiment=light minutes="$minutes" output="$out/run" range.man=0:360 range.woman=0:180 data.gap_s=0.8 \
  facesets.man="$out/faces/man" facesets.woman="$out/faces/woman"
faceswap-lab evaluate checkpoint="$out/run/checkpoints/last.ckpt" output="$out/report" \
  footage.man="$footage/man_kitchen.mp4" range.man=385:502 \
  footage.woman="$footage/woman_outdoors.mp4" range.woman=200:250

echo "whole job: $((SECONDS / 60)) min $((SECONDS % 60)) s"
cat "$out/report/metrics.json"
