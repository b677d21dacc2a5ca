"""A whole conversion of a 720p clip, with stages that overlap and one after the other; and memory, short and long.

    python benchmarks/convert.py [--frames 80] [--rounds 3] [--memory 250 1000 | --memory 250 5000]

The clip is an embedded portrait, animated, in a frame of 1280x720. The network is that of ``experiment=light``, not
trained, with a mask head that is sure of the face: it costs what a trained one costs. All else is as ``convert`` ships
it. Both ways take turns, so that whatever else the machine does falls on both. Memory is that of a process of its own,
peak resident, at 640x360 and with segments of 250 frames as the command writes them; 5,000 frames, ``--memory 250
5000``, take several minutes and are therefore not the default. The last line is one JSON object:

``overlapped_ms``, ``serial_ms``: a frame, medians; ``ratio``: of each round, median.
``profile_s``: seconds of each stage for the whole clip, one after the other; ``profile_overlapped_s``: the same while
    stages overlap and wait for one another's cores. ``mark`` is label and watermark.
``memory_mib``: peak by number of frames; ``memory_growth``: the largest over the first.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import OmegaConf
from peak import peak_mib
from portrait_frames import write_portrait_clip

from faceswap_lab.core.build import build
from faceswap_lab.core.checkpoint import CARD_KEY
from faceswap_lab.core.compose import compose_config
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

IDENTITIES = ("ada", "ben")


def write_checkpoint(path: Path) -> None:
    """The network of ``experiment=light`` as ``train`` writes it, with a mask head that is sure."""
    torch.manual_seed(0)
    cfg = compose_config("train", ["experiment=light", "output=unused"])
    model: Any = OmegaConf.to_container(cfg.model, resolve=True)
    network = build({**model, "identities": list(IDENTITIES)})
    for decoder in network.decoders:
        torch.nn.init.constant_(decoder.heads["mask"].bias, 12.0)
    consent = {"basis": "self", "reference": None, "scope": None, "expiry": None}
    identity = {"consent": consent, "licence": None, "num_faces": 1, "faceset": "/nowhere", "faceset_hash": "0" * 64}
    card = {
        "schema": 1,
        "model": {**model, "identities": list(IDENTITIES)},
        "identities": dict.fromkeys(IDENTITIES, identity),
        "crop": {"kind": "face", "size": network.input_size},
        "output_size": network.finished_size,
        "finder": {"detector": "mtcnn", "landmarker": "dlib68"},
        **{"choices": {}, "config": {}, "metrics": {}, "versions": {}, "commit": None},
        **{"seed": 1, "steps": 0, "train_seconds": 0.0, "samples_per_s": 0.0, "parameters": 1},
    }
    state_dict = {f"net.{key}": value for key, value in network.state_dict().items()}
    torch.save({"state_dict": state_dict, "epoch": 0, "global_step": 0, CARD_KEY: card}, path)


def run(folder: Path, *, overlap: bool) -> ConvertReport:
    """One conversion of the 720p clip."""
    swapper = Swapper.from_checkpoint(folder / "light.ckpt", device="cpu")
    report = convert(folder / "720p.mp4", folder / "out.mp4", swapper=swapper, identity=IDENTITIES[0], overlap=overlap)
    if report.num_swapped != report.num_frames:
        raise SystemExit(f"only {report.num_swapped} of {report.num_frames} frames were swapped, not all")
    return report


def peak_of(folder: Path, num_frames: int) -> float:
    """Memory of ``convert`` as a command, over so many frames, MiB."""
    clip = folder / f"{num_frames}.mp4"
    write_portrait_clip(clip, size=(360, 640), num_frames=num_frames)
    words = [f"footage={clip}", f"checkpoint={folder / 'light.ckpt'}", f"identity={IDENTITIES[0]}", "device=cpu"]
    return peak_mib(["convert", *words, f"output={folder / f'out_{num_frames}.mp4'}"])


def median(values: list[float]) -> float:
    """To a tenth."""
    return round(float(np.median(values)), 1)


def main() -> None:
    """Measures and writes one JSON object to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=80, help="of the 720p clip")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="+", default=[250, 1000], help="frames of the clips for memory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"XDG_CONFIG_HOME": name, "XDG_DATA_HOME": name}  # a key and an index of the benchmark's own
        write_checkpoint(folder / "light.ckpt")
        write_portrait_clip(folder / "720p.mp4", size=(720, 1280), num_frames=arguments.frames)
        reports: dict[bool, list[ConvertReport]] = {True: [], False: []}
        for number in range(arguments.rounds):
            for overlap in (True, False) if number % 2 else (False, True):
                report = run(folder, overlap=overlap)
                reports[overlap].append(report)
                sys.stdout.write(f"round {number}, overlap={overlap}: {report.ms_per_frame:.1f} ms a frame\n")
        start = time.perf_counter()
        memory = {str(num_frames): peak_of(folder, num_frames) for num_frames in arguments.memory}
        sys.stdout.write(f"memory took {time.perf_counter() - start:.0f} s\n")
    pairs = [(one.ms_per_frame, other.ms_per_frame) for one, other in zip(reports[True], reports[False], strict=True)]
    summary = {
        "frames": arguments.frames,
        "overlapped_ms": median([overlapped for overlapped, _ in pairs]),
        "serial_ms": median([serial for _, serial in pairs]),
        "ratio": round(float(np.median([overlapped / serial for overlapped, serial in pairs])), 3),
        "profile_s": profile(reports[False]),
        "profile_overlapped_s": profile(reports[True]),
        "memory_mib": memory,
        "memory_growth": round(max(memory.values()) / next(iter(memory.values())), 3),
        "cores": os.cpu_count(),
    }
    sys.stdout.write(json.dumps(summary) + "\n")


def profile(reports: list[ConvertReport]) -> dict[str, float]:
    """Seconds of each stage, the median of the rounds."""
    names, stages = {"put_back": "composite"}, reports[0].seconds
    return {names.get(stage, stage): median([report.seconds[stage] for report in reports]) for stage in stages}


if __name__ == "__main__":
    main()
