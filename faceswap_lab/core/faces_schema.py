"""The root fields of ``faces``, and what each of its verbs takes."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from faceswap_lab.core.identity_schema import IdentitySchema
from faceswap_lab.core.schema_field import RANGE_HELP, Node, node, option
from faceswap_lab.core.verbs import Verb

FACES_VERBS: dict[str, Verb] = {
    "show": Verb(
        "one page with a contact sheet, histograms and yaw coverage; needs no other file and no network",
        takes=("other", "output", "max_faces"),
        examples=("show faceset=faces/alice", "show faceset=faces/alice other=faces/bob output=alice.html"),
    ),
    "sort": Verb(
        "keep an order to look at the faces in; no picture is renamed",
        needs=("faceset", "by"),
        takes=("descending", "reference"),
        examples=(
            "sort faceset=faces/alice by=sharpness descending=true",
            "sort faceset=faces/alice by=similarity reference=alice.jpg",
        ),
    ),
    "filter": Verb(
        "reject faces that fail a condition, repeat others, or are more than enough of one pose",
        takes=("where", "near_duplicates", "best"),
        examples=(
            'filter faceset=faces/alice where="sharpness > 20 and abs(yaw) < 30"',
            "filter faceset=faces/alice near_duplicates=10 best=800",
        ),
    ),
    "edit": Verb(
        "reject or accept faces by name, row or frames, or take the last change back; nothing is deleted",
        takes=("reject", "accept", "media", "undo"),
        examples=(
            "edit faceset=faces/alice reject=1a2b3c4d_000120_0.png,57,300:340",
            "edit faceset=faces/alice undo=true",
        ),
    ),
    "masks": Verb(
        "draw all masks anew by masker=, or take in images of your own; nothing is detected again",
        takes=("images",),
        examples=("masks faceset=faces/alice masker=components", "masks faceset=faces/alice images=my_masks"),
    ),
    "consent": Verb(
        "show on which ground the face may be used, or say so where it is missing",
        takes=("identity",),
        examples=(
            "consent faceset=people/person_01",
            "consent faceset=people/person_01 identity.name=alice identity.consent.basis=written "
            'identity.consent.reference="contract 12"',
        ),
    ),
    "merge": Verb(
        "several sets of one identity, consent and crop into a new one",
        needs=("facesets", "output"),
        examples=("merge facesets.one=faces/alice_1 facesets.two=faces/alice_2 output=faces/alice",),
    ),
    "split": Verb(
        "one set into new ones by footage, track or time",
        needs=("faceset", "by", "output"),
        takes=("seconds",),
        examples=("split faceset=faces/alice by=footage output=faces/alice_parts",),
    ),
    "check": Verb(
        "whether rows, crops, masks and footage belong together",
        takes=("footage", "repair"),
        examples=("check faceset=faces/alice footage=alice.mp4", "check faceset=faces/alice repair=true"),
    ),
    "export": Verb(
        "alignments (JSON), csv, parquet, coco keypoints, or an overlay clip",
        needs=("faceset", "output"),
        takes=("format", "footage", "range"),
        examples=(
            "export faceset=faces/alice output=alice.json",
            "export faceset=faces/alice footage=alice.mp4 output=overlay.mp4",
        ),
    ),
    "import": Verb(
        "faces of an alignments file, cut again from their footage, into a new or existing set",
        needs=("faceset", "alignments", "footage"),
        examples=("import alignments=alice.json footage=alice.mp4 faceset=faces/alice",),
    ),
}


@dataclass
class FacesSchema:
    """Fields of ``faces``."""

    verbs: ClassVar[dict[str, Verb]] = FACES_VERBS
    examples: ClassVar[tuple[str, ...]] = tuple(text for verb in FACES_VERBS.values() for text in verb.examples)

    verb: str | None = option(None, f"the first word: {', '.join(FACES_VERBS)}")
    faceset: str | None = option(None, "folder of the face set", path=True)
    output: str | None = option(None, "file or folder to write; show: by default faces.html in the face set", path=True)
    other: str | None = option(None, "face set whose yaw coverage stands beside this one's", path=True)
    max_faces: int = option(300, "pictures on the contact sheet at most, spread over the set; 6 kB each")
    by: str | None = option(
        None, "sort: a column, similarity, pose or time (the natural order); split: footage, track or time"
    )
    descending: bool = option(False, "largest first")
    reference: str | None = option(None, "picture or folder of pictures of the person, for by=similarity", path=True)
    where: str | None = option(None, "condition over columns that the faces to keep fulfil, such as yaw > -20")
    near_duplicates: int | None = option(
        None, "reject faces within so many of 256 bits of a sharper one, 0 to 128; 10 removes repeats"
    )
    best: int | None = option(None, "keep so many faces, the sharpest, spread evenly over the head's turns")
    reject: str | None = option(None, "file names, row numbers or frames such as 100:120, separated by commas")
    accept: str | None = option(None, "the same, to take back")
    media: str | None = option(None, "edit only faces of this footage: its name, or the first digits of its hash")
    undo: bool = option(False, "take the last change back")
    images: str | None = option(None, "folder of masks, named as the crops: white is face; null draws them", path=True)
    identity: IdentitySchema = dataclasses.field(default_factory=IdentitySchema)
    facesets: dict[str, str] = option(dict, "facesets.NAME=FOLDER, the sets to merge", path=True)
    seconds: float = option(60.0, "length of a part in split by=time, s")
    footage: str | None = option(None, "file, folder of images, or pattern such as 'clips/*.mp4'", path=True)
    repair: bool = option(False, "draw missing masks, remove images without a row, reject rows without a crop")
    format: str | None = option(
        None, "alignments, csv, parquet, coco or overlay; null asks the output's suffix (.json: alignments)"
    )
    range: str | None = option(None, f"overlay: {RANGE_HELP}")
    alignments: str | None = option(None, "a JSON file as export writes it", path=True)
    detector: Node = node()
    landmarker: Node = node()
    embedder: Node = node()
    masker: Node = node()
    writer: Node = node()
