"""Who plays whom: several identities in one pass, known faces from sets and files, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceswap_lab.core.consent import Consent, check_consent
from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError
from faceswap_lab.faces.curation.alignments import write_alignments
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IDENTITY_FILE, IdentityRecord
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap import casting
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.pipeline import convert
from faceswap_lab.swap.report import ConvertReport
from faceswap_lab.swap.swapper import Swapper

NUM_FRAMES = 12
LEFT, RIGHT = ((-30.0, 0.0), 0.6), ((60.0, 0.0), 0.8)


class SizeEmbedder:
    """Tells people by how large their faces are: ada's is the smaller one."""

    name = "dlib_resnet"

    def embed(self, image: np.ndarray, landmarks_682: np.ndarray) -> np.ndarray:
        return np.array([np.ptp(landmarks_682[:, 1]) / 10])


@pytest.fixture(autouse=True)
def _by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casting, "build_part", lambda *_: SizeEmbedder())


@pytest.fixture(scope="module")
def people(
    tmp_path_factory: pytest.TempPathFactory, clip: Path, make_finder: Callable[..., FaceFinder], make_face: Any
) -> dict[str, Path]:
    """Face sets of ada, who stands on the left of the clip, and ben on its right."""
    folder = tmp_path_factory.mktemp("people")
    for name, place in (("ada", LEFT), ("ben", RIGHT)):
        finder = make_finder(lambda call, place=place: [make_face(*place)])
        record = IdentityRecord(name, check_consent("self"))
        extract(clip, folder / name, record=record, finder=finder, embedder=SizeEmbedder())
    return {name: folder / name for name in ("ada", "ben")}


@pytest.fixture
def run(
    tmp_path: Path, clip: Path, people: dict[str, Path], make_checkpoint: Any, make_finder: Any, make_face: Any
) -> Callable[..., ConvertReport]:
    """Converts a clip in which two people stand, by a checkpoint that knows where their face sets are."""
    swapper = Swapper.from_checkpoint(make_checkpoint(tmp_path / "two.ckpt", facesets=people), device="cpu")

    def run(output: str = "out.mp4", *, cast: Cast, **options: Any) -> ConvertReport:
        finder = make_finder(lambda call: [make_face(*RIGHT), make_face(*LEFT)])
        defaults: dict[str, Any] = {"swapper": swapper, "finder": finder, "marks": Marks(label=None)}
        run.finder = finder
        return convert(clip, tmp_path / output, cast=cast, **(defaults | options))

    return run


def by_person(report: ConvertReport) -> dict[str, set[str]]:
    """Who was drawn on which side."""
    sides: dict[str, set[str]] = {}
    for swap in report.swaps:
        sides.setdefault("left" if swap.landmarks_682[:, 0].mean() < 70 else "right", set()).add(swap.identity)
    return sides


def test_two_people_become_each_other_in_one_pass(run: Callable[..., ConvertReport]) -> None:
    """Both stand in their sets of this clip, so that nothing has to be found."""
    report = run(cast=Cast(swap={"ada": "ben", "ben": "ada"}))
    assert by_person(report) == {"left": {"ben"}, "right": {"ada"}}
    assert (report.num_swapped, len(report.swaps), report.num_reused) == (NUM_FRAMES, 2 * NUM_FRAMES, NUM_FRAMES)
    assert run.finder.detector.num_calls == 0
    identities = json.loads(report.manifest.read_text())["identities"]
    assert {name: identity["role"] for name, identity in identities.items()} == dict.fromkeys(
        ("ada", "ben"), "swapped in and footage"
    )


def test_people_are_recognised_where_the_footage_is_new(
    run: Callable[..., ConvertReport], people: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceswap_lab.swap.casting.faces_in_set", _elsewhere)
    report = run(cast=Cast(swap={"ada": "ben"}, identity_threshold=0.2))
    assert by_person(report) == {"left": {"ben"}}
    assert report.num_reused == 0


def _elsewhere(faceset: Faceset, sha256: str) -> Any:
    from faceswap_lab.swap.footage_faces import FootageFaces

    return FootageFaces(faceset.identity, {}, faceset)


@pytest.mark.parametrize(
    ("swap", "expected"),
    [
        ({"all": "ada"}, {"left": {"ada"}, "right": {"ada"}}),
        ({"left": "ben"}, {"left": {"ben"}}),
        ({"track_0": "ben"}, {"right": {"ben"}}),
        ({"ben": "ada", "all": "ben"}, {"left": {"ben"}, "right": {"ada"}}),
    ],
)
def test_by_place_track_and_all(
    run: Callable[..., ConvertReport], swap: dict[str, str], expected: dict[str, set[str]]
) -> None:
    assert by_person(run(cast=Cast(swap=swap))) == expected


def test_the_nearer_of_two_faces_lies_on_top(
    tmp_path: Path, run: Callable[..., ConvertReport], make_face: Any, make_finder: Any
) -> None:
    """The larger face is drawn last, whatever the order in which they are found."""
    patches: list[tuple[tuple[int, int, int, int], str]] = []

    def keep(record: Any, image: np.ndarray, patch: Any) -> None:
        left, top, right, bottom = patch.box
        if record.landmarks_682[:, 1].std() == near.landmarks_682[:, 1].std():
            covered = patch.mask == 1  # beyond, the farther face shines through
            np.testing.assert_array_equal(image[top:bottom, left:right][covered], patch.rgb[covered])
            assert covered.any()
        patches.append((patch.box, record.identity))

    near, far = make_face((20, 0), 1.0), make_face((0, 0), 0.7)
    for order in ([near, far], [far, near]):
        patches.clear()
        run(cast=Cast(swap={"all": "ada"}), finder=make_finder(lambda call, order=order: order), on_face=keep)
        widths = [box[2] - box[0] for box, _ in patches]
        assert len(patches) == 2 * NUM_FRAMES
        assert all(small < large for small, large in zip(widths[::2], widths[1::2], strict=True))


def test_an_alignments_file_tells_all_faces(
    tmp_path: Path, run: Callable[..., ConvertReport], people: dict[str, Path]
) -> None:
    """Frames that it does not name have no face, and the finder is not asked."""
    path = tmp_path / "ada.json"
    write_alignments(Faceset.open(people["ada"]), path)
    content = json.loads(path.read_text())
    content["faces"] = content["faces"][:5]
    content["faces"][4]["rejected"] = True
    path.write_text(json.dumps(content))
    for cast in (Cast(identity="ben", alignments=path), Cast(swap={"ada": "ben"}, alignments=path)):
        report = run(cast=cast)
        assert [swap.frame_index for swap in report.swaps] == [0, 1, 2, 3]
        assert by_person(report) == {"left": {"ben"}}
        assert run.finder.detector.num_calls == 0
    assert json.loads(report.manifest.read_text())["identities"]["ada"]["role"] == "footage"
    content["faces"] = [face | {"media": "0" * 64} for face in content["faces"]]
    content["media"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(content))
    with pytest.raises(FacesetError, match="holds no face of this footage"):
        run(cast=Cast(identity="ben", alignments=path))


class TestRefusals:
    """One line each, before a frame is read."""

    @pytest.mark.parametrize(
        ("cast", "message"),
        [
            (Cast(), "give identity=NAME, or swap"),
            (Cast(identity="ada", swap={"all": "ben"}), "both given"),
            (Cast(identity="ada", faceset="a", alignments="b"), "give one of them"),
            (Cast(swap={"ada": "cat"}), r"swap\.ada=cat: the checkpoint holds ada, ben"),
            (Cast(swap={"cat": "ada"}), r"swap\.cat: no face set"),
            (Cast(swap={"ada": "ben"}, identity_threshold=0), "identity_threshold=0"),
        ],
    )
    def test_casts(self, run: Callable[..., ConvertReport], tmp_path: Path, cast: Cast, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            run(cast=cast)
        assert not list(tmp_path.glob("out*"))

    def test_consent_of_everybody_involved(
        self, run: Callable[..., ConvertReport], tmp_path: Path, people: dict[str, Path], clip: Path, make_finder: Any
    ) -> None:
        """Also of a person who is only to be replaced, and of one whose set holds the footage."""
        record = IdentityRecord("carol", Consent("self"))
        extract(clip, tmp_path / "carol", record=record, finder=make_finder())
        file = tmp_path / "carol" / IDENTITY_FILE
        file.write_text(file.read_text().replace("basis: self", "basis: missing"))
        for swap in ({"carol": "ada"}, {"left": "ada"}):
            with pytest.raises(ConsentError, match=r"carol: .*basis is 'missing'"):
                run(cast=Cast(swap=swap, facesets={"carol": tmp_path / "carol"}))

    def test_a_direction_that_the_network_cannot_swap(
        self, run: Callable[..., ConvertReport], tmp_path: Path, make_checkpoint: Any
    ) -> None:
        liae = {"_target_": "faceswap_lab.models.bottlenecks.liae.Liae", "_partial_": True}
        liae |= {"latent": 8, "channels": 4, "size": 2}
        pair = Swapper.from_checkpoint(make_checkpoint(tmp_path / "pair.ckpt", bottleneck=liae), device="cpu")
        with pytest.raises(ConfigError, match=r"swap\.right=ben: .*ada into footage of ben only"):
            run(cast=Cast(swap={"left": "ada", "right": "ben"}), swapper=pair)
        with pytest.raises(FacesetError, match="not a face set"):
            run(cast=replace(Cast(swap={"all": "ada"}), facesets={"x": tmp_path}), swapper=pair)
