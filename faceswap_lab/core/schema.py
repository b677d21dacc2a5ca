"""The root fields of every command: type, default, unit and meaning, in one place for Hydra, the help and the checks.

A field of type ``Node`` is where the option of a group lands; it has no schema of its own, because the signature of
the class that its ``_target_`` names is the schema, and preflight binds it.
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from faceswap_lab.core.compare_schema import CompareSchema
from faceswap_lab.core.faces_schema import FacesSchema
from faceswap_lab.core.identity_command_schema import IdentityCommandSchema
from faceswap_lab.core.identity_schema import IdentitySchema
from faceswap_lab.core.schema_field import PURPOSE_HELP, RANGE_HELP, Node, node, option


@dataclass
class FramesSchema:
    """Fields of ``frames``."""

    examples: ClassVar[tuple[str, ...]] = ("footage=clip.mp4 output=frames every=5",)

    footage: str = option(MISSING, "video, GIF, image or folder of images", path=True)
    output: str = option(MISSING, "folder for the images", path=True)
    every: int = option(1, "write every n-th frame")
    range: str | None = option(None, RANGE_HELP)
    format: str = option("png", "png (exact) or jpg (small)")


@dataclass
class ExtractSchema:
    """Fields of ``extract``."""

    examples: ClassVar[tuple[str, ...]] = (
        "footage=clip.mp4 faceset=faces/alice identity.name=alice identity.consent.basis=self",
        "footage=talk.mp4 faceset=faces/bob identity.name=bob identity.consent.basis=written "
        'identity.consent.reference="contract 12"',
        "footage='clips/*.mp4' faceset=faces/alice only=refs identity.name=alice identity.consent.basis=self",
        "footage=party.mp4 faceset=people people=cluster",
    )

    footage: str = option(
        MISSING, "video, GIF, image or folder of images; a pattern 'clips/*.mp4' or [a.mp4,b.mp4] for many", path=True
    )
    faceset: str = option(
        MISSING, "folder of the face set, an existing one is continued; with people= the folder for the sets", path=True
    )
    people: str | None = option(
        None, "cluster: sort several people into person_01, person_02 and so on, consent missing"
    )
    only: str | None = option(None, "picture or folder of pictures: keep faces near one of them", path=True)
    exclude: str | None = option(None, "picture or folder of pictures: leave out faces near one of them", path=True)
    identity_threshold: float = option(0.6, "distance of vectors up to which two faces are one person; 0.6 for dlib's")
    workers: int | None = option(None, "clips extracted at a time; null: one a core")
    range: str | None = option(None, RANGE_HELP)
    every: int = option(1, "look at every n-th frame")
    max_faces: int | None = option(
        None, "faces kept per frame, the largest first; null keeps 1, or with only or people all that are wanted"
    )
    num_embedded: int = option(64, "faces whose vector is computed from the whole frame, for evaluation; 0.12 s each")
    identity: IdentitySchema = dataclasses.field(default_factory=IdentitySchema)
    detector: Node = node()
    landmarker: Node = node()
    tracker: Node = node()
    refine: Node = node()
    masker: Node = node()
    embedder: Node = node()
    crop: Node = node()


@dataclass
class TrainSchema:
    """Fields of ``train``."""

    examples: ClassVar[tuple[str, ...]] = (
        "facesets.alice=faces/alice facesets.bob=faces/bob",
        "experiment=light minutes=10 facesets.alice=faces/alice facesets.bob=faces/bob",
        "-m encoder=original,light seed=1,2 trainer.max_steps=1000 facesets.alice=faces/alice facesets.bob=faces/bob",
    )

    facesets: dict[str, str] = option(dict, "facesets.NAME=FOLDER for each identity, two or more", path=True)
    range: dict[str, str] = option(dict, "range.NAME=0:385, the frames of NAME that train; the rest validates")
    seed: int = option(1, "the run is a pure function of its configuration, data and this number")
    minutes: float | None = option(None, "budget in minutes, turned into trainer.max_steps by a short probe")
    checkpoint: str | None = option(None, "a .ckpt file to resume from", path=True)
    purpose: str = option("research", PURPOSE_HELP)
    init_from: str | None = option(None, "a .ckpt file of another run, whose weights this one begins with", path=True)
    freeze: list[str] | None = option(
        None,
        "parts that keep their weights, such as [encoder,bottleneck,decoders.bob]; by default, where init_from does "
        "not know all identities, all weights that came from it, else none",
    )
    validate_every: int | None = option(
        None, "steps between two validations, each with its preview; null gives about twenty in a run"
    )
    find_lr: bool = option(False, "try a hundred learning rates and suggest one, instead of training")
    roll_back: int = option(
        0, "how often a run that diverged goes back to its last checkpoint, at half the learning rate"
    )
    output: str = option(
        "${hydra:runtime.output_dir}",
        "the run's folder, by default named by date and time; with -m the study's",
        path=True,
    )
    data: Node = node()
    augment: Node = node()
    model: Node = node()
    loss: Node = node()
    optimizer: Node = node()
    schedule: Node = node()
    training: Node = node()
    trainer: Node = node()
    callbacks: Node = node()
    logger: Node = node()


@dataclass
class ConvertSchema:
    """Fields of ``convert``."""

    examples: ClassVar[tuple[str, ...]] = (
        "checkpoint=runs/ours/checkpoints/last.ckpt footage=clip.mp4 identity=bob output=swapped.mp4",
        "checkpoint=runs/ours/checkpoints/last.ckpt footage=two.mp4 swap.alice=bob swap.carol=dave output=swapped.mp4",
        "checkpoint=runs/ours/checkpoints/last.ckpt footage='[a.mp4, b.mp4]' identity=bob output=swapped",
    )

    checkpoint: str = option(
        MISSING, "a .ckpt file written by train, a file written by export, or anybody's .dfm", path=True
    )
    footage: str = option(
        MISSING, "video, GIF, image or folder of images; a pattern 'clips/*.mp4' or [a.mp4,b.mp4] for many", path=True
    )
    identity: str | None = option(
        None, "the identity to put over the footage's person, one face a frame; one of the checkpoint's"
    )
    swap: dict[str, str] = option(
        dict,
        "swap.WHO=IDENTITY instead, for several faces: WHO is a person with a face set, left, right, largest, track_N, "
        "or all for those that no other takes",
    )
    output: str = option(MISSING, "file to write; its suffix chooses the container; a folder for many", path=True)
    range: str | None = option(None, RANGE_HELP)
    rest: str = option("drop", "frames outside range: drop, or keep them as they are")
    scale: float = option(1.0, "size of the output over that of the footage, 0.1 to 4")
    faceset: str | None = option(
        None, "face set extracted from this footage, so that faces need not be found again; null looks it up", path=True
    )
    facesets: dict[str, str] = option(
        dict, "facesets.NAME=FOLDER, what people to recognise look like, beside those of the checkpoint", path=True
    )
    alignments: str | None = option(
        None, "JSON that tells this footage's faces, as `faces export` writes it: no others are looked for", path=True
    )
    identity_threshold: float = option(0.6, "distance of vectors up to which a face is a person's; 0.6 for dlib's")
    preview: str | None = option(
        None, "frames:10 writes a sheet instead, a .png: every colour with every blend on 10 frames of the footage"
    )
    strength: float | None = option(None, "0 to 1, how far to go from one person to the other, for bottleneck=amp")
    face_scale: float = option(1.0, "size of the swapped face over that of the footage's, 0.8 to 1.25")
    batch_size: int = option(16, "faces that go through the network at once")
    segment_frames: int | None = option(
        250, "frames of a video after which a conversion that is killed goes on; null writes it in one piece"
    )
    device: str = option("auto", "auto, cpu or cuda")
    purpose: str = option("research", PURPOSE_HELP)
    detector: Node = node()
    landmarker: Node = node()
    tracker: Node = node()
    colour: Node = node()
    mask: Node = node()
    blend: Node = node()
    detail: Node = node()
    steady: Node = node()
    writer: Node = node()
    also: Node = node()
    provenance: Node = node()


@dataclass
class EvaluateSchema:
    """Fields of ``evaluate``."""

    examples: ClassVar[tuple[str, ...]] = (
        "checkpoint=runs/ours/checkpoints/last.ckpt footage.alice=held/alice.mp4 footage.bob=held/bob.mp4 "
        "output=report",
    )

    checkpoint: str = option(
        MISSING, "a .ckpt file written by train, a file written by export, or anybody's .dfm", path=True
    )
    footage: dict[str, str] = option(dict, "footage.NAME=CLIP, held-out footage of each identity", path=True)
    range: dict[str, str] = option(dict, "range.NAME=385:502, the frames of NAME's clip that are measured")
    facesets: dict[str, str] = option(dict, "facesets.NAME=FOLDER; by default as the checkpoint names them", path=True)
    output: str = option(MISSING, "folder for the figures, clips and report", path=True)
    face_scale: float = option(1.0, "size of the swapped face over that of the footage's, 0.8 to 1.25")
    gallery: str | None = option(
        None, "folder of pictures, a person each: swapped faces are looked up among them too", path=True
    )
    perceptual: bool = option(False, "LPIPS, FID and KID too; weights of 350 MB are fetched once")
    detectability: bool = option(
        False,
        "train a small forgery classifier and ask it about footage it never saw; up to a minute a direction",
    )
    device: str = option("auto", "auto, cpu or cuda")
    detector: Node = node()
    landmarker: Node = node()
    tracker: Node = node()
    refine: Node = node()
    embedder: Node = node()
    judge: Node = node()
    colour: Node = node()
    mask: Node = node()
    blend: Node = node()
    detail: Node = node()
    steady: Node = node()
    writer: Node = node()
    provenance: Node = node()


@dataclass
class ExportSchema:
    """Fields of ``export``."""

    examples: ClassVar[tuple[str, ...]] = (
        "checkpoint=runs/ours/checkpoints/last.ckpt identity=bob footage_identity=alice output=bob.dfm",
        "checkpoint=runs/ours/checkpoints/last.ckpt identity=bob output=bob.onnx fp16=true",
        "checkpoint=runs/ours/checkpoints/last.ckpt output=ours.safetensors",
    )

    checkpoint: str = option(MISSING, "a .ckpt file written by train, or a .safetensors file", path=True)
    output: str = option(MISSING, "file to write, ending in .dfm, .onnx or .safetensors", path=True)
    format: str | None = option(None, "dfm, onnx or safetensors; null: as the output ends")
    identity: str | None = option(None, "whom a .dfm or .onnx draws; null where there is one choice only")
    footage_identity: str | None = option(
        None, "whose mask a .dfm gives for the footage's face; null: the other one of two"
    )
    fp16: bool = option(False, "float16: half the size, and near enough (0.005 of 1 at most)")
    purpose: str = option("research", PURPOSE_HELP)
    opset: int | None = option(
        None, "version of ONNX's operators, 11 to 18; null: 12 for .dfm (old programs), 17 for .onnx"
    )
    certificate: str | None = option(
        None,
        "PEM file of the certificate chain that signs the sidecar; null: the one made at first use",
        path=True,
    )
    private_key: str | None = option(None, "PEM file of its key, P-256", path=True)


@dataclass
class VerifySchema:
    """Fields of ``verify``."""

    examples: ClassVar[tuple[str, ...]] = ("swapped.mp4", "swapped.mp4 --json", "copy.mp4 manifests=outputs")

    file: str = option(MISSING, "video, image or exported model to look at", path=True)
    manifests: str | None = option(
        None, "folder to search for the manifest that a watermark names, besides the index of what you made", path=True
    )
    anchors: str | None = option(None, "PEM file of authorities to trust besides the one made here", path=True)
    json: bool = option(False, "one JSON object instead of lines; --json is the same")


@dataclass
class DemoSchema:
    """Fields of ``demo``."""

    examples: ClassVar[tuple[str, ...]] = ("output=demo", "output=demo minutes=3")

    output: str = option("demo", "folder for everything the demo makes", path=True)
    minutes: float | None = option(None, "time for the whole job, on two cores; null takes about ten")
    seed: int = option(1, "of the training and of the footage's motion")


SCHEMAS: dict[str, type] = {
    "frames": FramesSchema,
    "extract": ExtractSchema,
    "faces": FacesSchema,
    "train": TrainSchema,
    "convert": ConvertSchema,
    "evaluate": EvaluateSchema,
    "compare": CompareSchema,
    "export": ExportSchema,
    "identity": IdentityCommandSchema,
    "verify": VerifySchema,
    "demo": DemoSchema,
}
"""A command's name and the schema of its root; the primary configuration's defaults begin with ``<name>_schema``."""


def register_schemas() -> None:
    """Makes the schemas known to Hydra; calling it again changes nothing."""
    store = ConfigStore.instance()
    for name, schema in SCHEMAS.items():
        store.store(name=f"{name}_schema", node=schema, provider="faceswap-lab")
