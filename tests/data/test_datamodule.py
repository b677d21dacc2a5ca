"""Face sets as batches: shapes, balance, purity for any number of workers, and every refusal in one line."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import pytest
import torch

from faceswap_lab.core.consent import Consent
from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError
from faceswap_lab.data.augment import Augment
from faceswap_lab.data.batch import PixelBatch
from faceswap_lab.data.choices import choose_num_workers
from faceswap_lab.data.datamodule import FaceDataModule
from faceswap_lab.data.identities import finder_card, identity_cards, open_facesets
from faceswap_lab.data.regions import unpack_regions
from faceswap_lab.data.warp import FaceWarp
from faceswap_lab.faces.faceset import Faceset

MakeFaceset = Callable[..., Faceset]


def module(*facesets: Faceset, **changes: Any) -> FaceDataModule:
    given = {"input_size": 24, "target_size": 32, "seed": 1, "batch_size": 4, "num_workers": 0}
    data = FaceDataModule(
        {faceset.identity.name: faceset for faceset in facesets},
        augment=partial(Augment, warp=FaceWarp),
        **{**given, **changes},
    )
    data.prepare_data()
    data.setup()
    return data


def batches(data: FaceDataModule, count: int = 3, **steps: int) -> list[dict[str, PixelBatch]]:
    drawn = list(islice(data.training_batches(**steps), count))
    data.teardown()
    return drawn


def equal(first: list[dict[str, PixelBatch]], second: list[dict[str, PixelBatch]]) -> bool:
    return all(
        torch.equal(one, other)
        for batch, again in zip(first, second, strict=True)
        for name in batch
        for one, other in zip(batch[name][:2], again[name][:2], strict=True)
    )


def test_a_batch_holds_as_many_faces_of_each(make_faceset: MakeFaceset) -> None:
    data = module(make_faceset("alice", 20), make_faceset("bob", 60), make_faceset("carol", 30))
    (batch,) = batches(data, 1)
    assert list(batch) == ["alice", "bob", "carol"]
    for faces in data.on_after_batch_transfer(batch, 0).values():
        assert faces.warped_B3SS.shape == (4, 3, 24, 24)
        assert faces.target_B3SS.shape == (4, 3, 32, 32)
        assert faces.mask_B1SS.shape == (4, 1, 32, 32)
        for part in faces[:3]:
            assert part.dtype == torch.float32
            assert 0 <= part.min() <= part.max() <= 1
        assert faces.mask_B1SS.mean() > 0.2


@pytest.mark.parametrize("num_workers", [1, 2])
def test_workers_change_nothing(make_faceset: MakeFaceset, num_workers: int) -> None:
    facesets = make_faceset("alice", 20), make_faceset("bob", 30)
    alone = batches(module(*facesets))
    assert equal(alone, batches(module(*facesets, num_workers=num_workers)))
    assert not equal(alone[:1], alone[1:2])


def test_a_later_start_goes_on(make_faceset: MakeFaceset) -> None:
    data = module(make_faceset("alice", 20), make_faceset("bob", 30))
    assert equal(batches(data, 5)[3:], batches(data, 2, first_step=3))


def test_another_identity_leaves_the_first_ones_as_they_were(make_faceset: MakeFaceset) -> None:
    facesets = make_faceset("alice", 20), make_faceset("bob", 30)
    two, three = batches(module(*facesets)), batches(module(*facesets, make_faceset("carol", 20)))
    assert equal(two, [{name: batch[name] for name in ("alice", "bob")} for batch in three])


def test_validation_is_held_out_spread_and_not_augmented(make_faceset: MakeFaceset) -> None:
    data = module(make_faceset("alice", 200), make_faceset("bob", 100), validation_faces=20)
    assert data.num_validation_faces == 20 + 15
    first, second = list(data.val_dataloader()), list(data.val_dataloader())
    assert equal(first, second)
    assert len(first) == 2
    assert [len(batch["alice"].warped_BSS3) for batch in first] == [10, 10]
    assert [len(batch["bob"].warped_BSS3) for batch in first] == [8, 7]


def test_a_range_chooses_the_training_faces(make_faceset: MakeFaceset) -> None:
    data = module(make_faceset("alice", 60), make_faceset("bob", 60), ranges={"alice": "0:40"})
    assert data.num_training_faces["alice"] == 40
    assert data.num_training_faces["bob"] < 60


def test_faces_that_were_not_seen_do_not_train(make_faceset: MakeFaceset) -> None:
    data = module(
        make_faceset("alice", 60, interpolated=range(10, 15)), make_faceset("bob", 60), ranges={"alice": "0:40"}
    )
    assert data.num_training_faces["alice"] == 35
    with pytest.raises(FacesetError, match="bobby: 15 faces are too few"):
        module(make_faceset("al", 20), make_faceset("bobby", 20, interpolated=range(5, 10)))


def test_yaw_bins_out_of_range_are_refused_and_others_serve(make_faceset: MakeFaceset) -> None:
    facesets = make_faceset("alice", 20), make_faceset("bob", 20)
    with pytest.raises(ConfigError, match=r"data\.yaw_bins=1 must be 2 or more"):
        module(*facesets, yaw_bins=1)
    (batch,) = batches(module(*facesets, yaw_bins=8), 1)
    assert [len(faces.warped_BSS3) for faces in batch.values()] == [4, 4]


def test_too_few_faces_are_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(FacesetError, match="bob: 15 faces are too few") as caught:
        module(make_faceset("alice", 20), make_faceset("bob", 15))
    assert "at least 16" in str(caught.value)


def test_one_identity_is_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(ConfigError, match="at least two identities, got alice"):
        module(make_faceset("alice", 20))


def test_one_folder_twice_is_refused(make_faceset: MakeFaceset) -> None:
    faceset = make_faceset("alice", 20)
    with pytest.raises(ConfigError, match=r"facesets.a and facesets.b are the same folder"):
        FaceDataModule(
            {"a": faceset, "b": Faceset.open(faceset.path)},
            augment=partial(Augment, warp=FaceWarp),
            input_size=24,
            target_size=24,
            seed=1,
        )


def test_different_crops_are_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(FacesetError, match=r"crops of bob are face at 48 px, those of alice face at 40 px"):
        module(make_faceset("alice", 20), make_faceset("bob", 20, size=48))


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ({"carol": "0:30"}, "range.carol: no such identity"),
        ({"alice": "0:10"}, "range.alice leaves 10 faces to train"),
        ({"alice": "0:60"}, "0 to validate"),
        ({"alice": "ten"}, "range 'ten'"),
    ],
)
def test_a_range_that_cannot_be_is_refused(make_faceset: MakeFaceset, ranges: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        module(make_faceset("alice", 60), make_faceset("bob", 60), ranges=ranges)


def test_faces_of_one_moment_are_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(FacesetError, match="no face is left to validate"):
        module(make_faceset("alice", 20), make_faceset("bob", 20, fps=float("inf")))


@pytest.mark.parametrize("value", [-1, 1.5, "many", True])
def test_a_strange_number_of_workers_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"data.num_workers="):
        choose_num_workers(value)


def test_auto_is_a_number() -> None:
    assert choose_num_workers("auto") >= 0
    assert choose_num_workers(3) == 3


def test_an_expired_consent_names_its_face_set(make_faceset: MakeFaceset) -> None:
    folder = make_faceset("alice", 16, consent=Consent("self", expiry="2020-01-01")).path
    with pytest.raises(ConsentError, match=r"alice.*2020-01-01"):
        open_facesets({"alice": str(folder)})


def test_a_missing_consent_is_refused(make_faceset: MakeFaceset) -> None:
    folder = make_faceset("person_01", 16, consent=Consent("missing")).path
    with pytest.raises(ConsentError, match=r"person_01.*basis is 'missing'"):
        open_facesets({"person_01": str(folder)})


def test_an_empty_face_set_is_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(FacesetError, match="empty face set"):
        open_facesets({"alice": str(make_faceset("alice", 0).path)})


def test_a_name_that_cannot_be_a_key_is_refused(make_faceset: MakeFaceset) -> None:
    with pytest.raises(ConfigError, match=r"facesets.a b"):
        open_facesets({"a b": str(make_faceset("alice", 16).path)})


def test_another_name_than_the_face_sets_own_is_announced(
    make_faceset: MakeFaceset, caplog: pytest.LogCaptureFixture
) -> None:
    open_facesets({"bob": str(make_faceset("alice", 16).path)})
    assert "faces are of alice" in caplog.text


def test_the_card_says_who_and_how(make_faceset: MakeFaceset) -> None:
    facesets = {"alice": make_faceset("alice", 16)}
    card = identity_cards(facesets)["alice"]
    assert card["consent"]["basis"] == "synthetic"
    assert card["num_faces"] == 16
    assert len(card["faceset_hash"]) == 64
    assert finder_card(facesets) == {"detector": "drawn", "landmarker": "drawn"}


def test_partners_come_with_the_batch_and_do_not_change_it(make_faceset: MakeFaceset) -> None:
    """The faces themselves are those of a run without partners; each goal is of another identity, each in turn."""
    facesets = [make_faceset(name, 20) for name in ("alice", "bob", "carol")]
    with_goals, without = batches(module(*facesets, partners=2)), batches(module(*facesets))
    assert equal(with_goals, without)
    turns = {name: [batch[name].swap.identity for batch in with_goals] for name in ("alice", "bob", "carol")}
    assert turns["alice"] == ["bob", "carol", "bob"]
    assert turns["carol"] == ["alice", "bob", "alice"]
    for batch in with_goals:
        for pixels in batch.values():
            assert pixels.swap is not None
            assert pixels.swap.target_BSS4.shape == pixels.target_BSS4.shape
            assert 0 < pixels.swap.weight_B.min() <= pixels.swap.weight_B.max() <= 1
            goal = pixels.to_faces().swap
            assert goal is not None
            shares = unpack_regions(pixels.swap.target_BSS4[..., 3][:, None].float() / 255)
            for part, share_B1SS in zip((goal.mask_B1SS, goal.features_B1SS), shares, strict=True):
                torch.testing.assert_close(part, share_B1SS * pixels.swap.weight_B.view(-1, 1, 1, 1))
    assert all(pixels.swap is None for batch in without for pixels in batch.values())


def test_goals_depend_on_seed_and_step_alone(make_faceset: MakeFaceset) -> None:
    facesets = [make_faceset(name, 20) for name in ("alice", "bob")]
    whole = batches(module(*facesets, partners=3), 4)
    later = batches(module(*facesets, partners=3, num_workers=1), 2, first_step=2)
    for batch, again in zip(whole[2:], later, strict=True):
        for name in batch:
            assert batch[name].swap is not None
            torch.testing.assert_close(batch[name].swap.target_BSS4, again[name].swap.target_BSS4)
            torch.testing.assert_close(batch[name].swap.weight_B, again[name].swap.weight_B)


def test_some_crops_are_training_faces_spread_evenly(make_faceset: MakeFaceset) -> None:
    data = module(make_faceset("alice", 40), make_faceset("bob", 40))
    some, more = list(data.some_crops("bob", 5)), list(data.some_crops("bob", 1000))
    assert len(some) == 5
    assert len(more) == data.num_training_faces["bob"] > 5
    places = [next(place for place, crop in enumerate(more) if (crop == one).all()) for one in some]
    assert places == [round(place * (len(more) - 1) / 4) for place in range(5)]
