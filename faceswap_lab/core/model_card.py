"""The model card of a trained network: ``<file>.md`` beside it, for people to read.

Source: the headings of Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faceswap_lab.core.checkpoint import Card, check_card, peek_card, without_folders
from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.core.files import atomic_write_text
from faceswap_lab.core.markdown import NOT_RECORDED, code, facts, literal, rows, text

logger = logging.getLogger(__name__)

_TERMS = {"basis": None, "reference": None, "scope": "research", "territory": None, "expiry": "does not end"}
"""Of a consent, with what nothing said means."""


def model_card_path(file: str | os.PathLike[str]) -> Path:
    """``<file>.md``."""
    return Path(f"{os.fspath(file)}.md")


def card_sha256(card: Mapping[str, Any]) -> str:
    """Hash of a checkpoint's card, by which content credentials name the network; 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(card, sort_keys=True, default=str).encode("utf-8")).hexdigest()


def describe_checkpoint(checkpoint: str | os.PathLike[str]) -> None:
    """Writes the model card of a checkpoint beside it, from what the checkpoint itself holds.

    One that cannot be read, such as the damaged one that a run went on without, is left without; the log says so.

    Raises:
        OutputError: The folder is not writable.
    """
    try:
        card = peek_card(checkpoint)
        check_card(card)
    except CheckpointError as error:
        logger.warning("no model card is written for %s: %s", os.fspath(checkpoint), error)
        model_card_path(checkpoint).unlink(missing_ok=True)  # it was of what had this name before
        return
    write_model_card(checkpoint, card)  # type: ignore[arg-type]


def write_model_card(file: str | os.PathLike[str], card: Card, *, measured: str | None = None) -> Path:
    """Writes a model card beside the file that it describes and returns its path.

    Args:
        file: Checkpoint or exported model.
        card: Its card.
        measured: As for ``model_card``.

    Raises:
        OutputError: The folder is not writable.
    """
    path = model_card_path(file)
    atomic_write_text(path, model_card(card, title=Path(file).name, measured=measured))
    return path


def model_card(card: Card, *, title: str, measured: str | None = None) -> str:
    """The model card as Markdown. It holds no folder of this machine.

    Args:
        card: A checkpoint's card.
        title: What it describes.
        measured: Finished Markdown with figures on held-out footage; None says how to get them.
    """
    parts = (
        f"# Model card: {text(title)}\n\nHeadings of Mitchell et al., *Model Cards for Model Reporting* (2019). "
        "Written by faceswap-lab from the card inside the file.\n",
        _details(card),
        _use(card),
        _FACTORS,
        _METRICS,
        _EVALUATION,
        _training(card),
        f"## Quantitative analyses\n\n{_validation(card)}\n{measured or _UNMEASURED}",
        _ETHICS,
        _CAVEATS,
    )
    return "\n".join(parts)


def _details(card: Card) -> str:
    crop = card["crop"]
    known = {
        "What it is": "a shared encoder with a decoder for each identity, which draws that identity's face",
        "Identities": ", ".join(text(name) for name in card["identities"]),
        "Made by": f"faceswap-lab {text(card['versions'].get('faceswap-lab'))}, commit {text(card['commit'])}",
        "Steps": text(card["steps"]),
        "Training time, s": text(round(card["train_seconds"])),
        "Seed": text(card["seed"]),
        "Numbers trained": text(card["parameters"]),
        "Takes": f"RGB crops, {text(crop['kind'])} at {text(crop['size'])} px"
        + (f", coverage {text(crop['coverage'])}" if "coverage" in crop else ""),
        "Gives": f"faces of {text(card['output_size'])} px",
        "Licence of the weights": f"{NOT_RECORDED}; the licences of the footage are below",
        "Card, SHA-256": code(card_sha256(card)),
    }
    chosen = {text(group): text(choice) for group, choice in card["choices"].items()}
    return f"## Model details\n\n{facts(known)}" + (
        f"\n### Options chosen\n\n{rows(('group', 'option'), chosen.items())}" if chosen else ""
    )


def _use(card: Card) -> str:
    purpose = text(card["config"].get("purpose") or "research")
    covered = ", ".join(
        f"{text(name)}: {text(of['consent'].get('scope') or 'research')}" for name, of in card["identities"].items()
    )
    return (
        "## Intended use\n\nTo put the faces named above into footage of one another, marked as generated. Trained "
        f"for: {purpose}. What the consents cover: {covered}.\n\nNot for: anything that the consents do not cover, "
        "making a person appear to do or say what they did not without saying so, pornography without consent, fraud, "
        "and recognising or watching people. Whoever is not named above it cannot draw.\n"
    )


_FACTORS = """## Factors

It knows the poses, expressions and light of its training data and no others. Small faces, strong profile, hands or
objects before the face and extreme light are drawn worse. Detector, landmarks and descriptors, which cut and judge the
faces, were trained by others and do not work equally well for everybody; how they differ by age, sex or skin was not
measured here.
"""

_METRICS = """## Metrics

`val/ssim_NAME` (0 to 1, high) and `val/l1_NAME` (0 to 1, low) compare a person's held-out faces with what the person's
own decoder restores, inside the mask; `val/ssim` and `val/l1` are their means. They do not see how good a swap is.
Figures on held-out footage, after colour match, blending and codec, come from `faceswap-lab evaluate`; docs/metrics.md
defines them.
"""

_EVALUATION = """## Evaluation data

Held-out stretches of the face sets below, which gave no gradient. They are of the same takes as the training, and so
easier than another day's footage.
"""


def _training(card: Card) -> str:
    people = rows(
        ("identity", "faces", "face set, SHA-256", "licence of the footage", *_TERMS),
        [
            (
                text(name),
                text(of["num_faces"]),
                code(of["faceset_hash"]),
                text(of["licence"]),
                *(text(of["consent"].get(term) or unsaid) for term, unsaid in _TERMS.items()),
            )
            for name, of in card["identities"].items()
        ],
    )
    found = " and ".join(f"{text(what)} {text(name)}" for what, name in card["finder"].items())
    recipe = without_folders({"model": card["model"], **card["config"]})
    return (
        f"## Training data\n\n{people}\nConsents as they were when it was trained; `faceswap-lab identity show` says "
        "what holds today. `datasheet.md` in a face set describes it. Public material implies no consent. Faces were "
        f"found by {found}.\n\n### Recipe\n\n{literal(recipe)}"
    )


def _validation(card: Card) -> str:
    measured = sorted(card["metrics"].items())
    if not measured:
        return "No validation has run yet.\n"
    return rows(("metric", "value"), [(text(name), text(float(value))) for name, value in measured])


_UNMEASURED = (
    "Detectability, likeness and expression on held-out footage: not measured for this file. `faceswap-lab evaluate "
    "checkpoint=… detectability=true` measures them and writes a card that holds them.\n"
)

_ETHICS = """## Ethical considerations

The weights hold what is needed to draw the people named above, who can be harmed by it. What this program converts is
labelled, watermarked and signed unless somebody says why not; weights themselves cannot enforce that. Keep them as
carefully as the footage, and delete them when a consent ends: `faceswap-lab identity revoke` lists where a face went.
"""

_CAVEATS = """## Caveats and recommendations

A consent is what somebody typed; the program cannot check it. A good figure does not replace a look at the clip.
Forgery detectors that never saw this program's swaps may miss them: look for the credential and the watermark. What
these cannot prevent stands in docs/responsible_use.md, what the method cannot do in docs/limits.md.
"""
