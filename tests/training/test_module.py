"""The training step: one encoder pass, own decoders, named figures, a card that loads safely."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from faceswap_lab.core.checkpoint import read_checkpoint, rebuild_network
from faceswap_lab.core.errors import ConfigError
from faceswap_lab.evaluation.similarity import ssim
from faceswap_lab.training.fit import fit
from faceswap_lab.training.losses.composite import CompositeLoss
from faceswap_lab.training.losses.dssim import Dssim
from faceswap_lab.training.losses.l1 import MaskedL1
from faceswap_lab.training.metrics import masked_l1, masked_ssim
from faceswap_lab.training.schedules import constant

Make = Callable[..., Any]


def batch_of(data: Any) -> dict[str, Any]:
    (batch,) = data.training_batches(end_step=1)
    return data.on_after_batch_transfer(batch, 0)


def test_restoring_is_each_identity_through_its_own_decoder(make_module: Make, make_data: Make) -> None:
    module, batch = make_module(), batch_of(make_data())
    for name, decoded in module.restore(module.encode(batch)).items():
        alone = module.net(batch[name].warped_B3SS, name)
        torch.testing.assert_close(decoded.image_B3SS, alone.image_B3SS)


def test_the_encoder_runs_once(make_module: Make, make_data: Make) -> None:
    module, calls = make_module(), []
    module.net.encoder.register_forward_hook(lambda _module, inputs, _output: calls.append(len(inputs[0])))
    module.restore(module.encode(batch_of(make_data())))
    assert calls == [8]


def test_a_run_leaves_figures_pictures_and_checkpoints(
    make_module: Make, make_data: Make, read_metrics: Make, tmp_path: Path
) -> None:
    score = fit(make_module(), make_data(), folder=tmp_path, max_steps=4, validate_every=2)
    names = {name for _, name in read_metrics(tmp_path)}
    assert {"val/ssim", "val/l1", "val/ssim_ada", "val/l1_ben"} <= names
    assert [step for step, name in read_metrics(tmp_path) if name == "val/ssim"] == [1, 3]
    assert float(read_metrics(tmp_path)[3, "val/ssim"]) == pytest.approx(score)
    kept = ("best.ckpt", "last.ckpt", "previous.ckpt")
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == sorted(
        name for checkpoint in kept for name in (checkpoint, f"{checkpoint}.md")
    )
    for checkpoint, steps in zip(kept, (torch.load(tmp_path / "checkpoints" / name) for name in kept), strict=True):
        page = (tmp_path / "checkpoints" / f"{checkpoint}.md").read_text()
        assert page.startswith(f"# Model card: {checkpoint}")
        assert f"| Steps | {steps['global_step']} |" in page
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == ["0000002.png", "0000004.png", "last.png"]


def test_a_last_step_between_two_validations_is_measured_too(
    make_module: Make, make_data: Make, read_metrics: Make, tmp_path: Path
) -> None:
    fit(make_module(), make_data(), folder=tmp_path, max_steps=5, validate_every=4)
    assert [step for step, name in read_metrics(tmp_path) if name == "val/ssim"] == [3, 4]


def test_the_checkpoint_loads_without_unpickling_and_rebuilds_the_network(
    make_module: Make, make_data: Make, tmp_path: Path
) -> None:
    module = make_module()
    score = fit(module, make_data(), folder=tmp_path, max_steps=3)
    path = tmp_path / "checkpoints" / "last.ckpt"
    assert torch.serialization.get_unsafe_globals_in_checkpoint(path) == []
    checkpoint = read_checkpoint(path)
    card = checkpoint["faceswap_lab"]
    assert card["steps"] == 3
    assert card["metrics"]["val/ssim"] == pytest.approx(score)
    assert card["parameters"] == sum(parameter.numel() for parameter in module.net.parameters())
    assert card["train_seconds"] > 0
    assert card["samples_per_s"] > 0
    assert card["identities"]["ada"]["consent"]["basis"] == "synthetic"
    assert card["crop"] == {"kind": "face", "size": 32}
    faces = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(
        rebuild_network(checkpoint)(faces, "ben").image_B3SS, module.net.eval()(faces, "ben").image_B3SS
    )


def test_training_restores_faces(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    before = fit(make_module(), make_data(), folder=tmp_path / "short", max_steps=1)
    after = fit(make_module(60), make_data(), folder=tmp_path / "long", max_steps=60)
    assert after > before + 0.05


def test_gathered_gradients_are_the_mean_of_their_batches(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    trained, by_hand, data = make_module(make_schedule=constant), make_module(), make_data()
    by_hand.train()
    optimizer = torch.optim.Adam(by_hand.net.parameters(), lr=1e-3)
    batches = [data.on_after_batch_transfer(batch, 0) for batch in data.training_batches(end_step=4)]
    for step in (batches[:2], batches[2:]):
        optimizer.zero_grad()
        for batch in step:
            restored = by_hand.restore(by_hand.encode(batch))
            losses = [by_hand.restoring_loss(decoded, batch[name])["total"] for name, decoded in restored.items()]
            (torch.stack(losses).mean() / len(step)).backward()
        optimizer.step()
    fit(
        trained,
        make_data(),
        folder=tmp_path,
        max_steps=2,
        make_trainer=lambda **known: pl.Trainer(accumulate_grad_batches=2, **known),
    )
    for ours, theirs in zip(trained.net.parameters(), by_hand.net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_the_order_of_channels_in_memory_is_a_switch(make_module: Make, make_data: Make) -> None:
    last, first = make_module(channels_last=True), make_module(channels_last=False)
    weights = [module.net.encoder.layers[1][0].weight for module in (last, first)]
    assert [weight.is_contiguous(memory_format=torch.channels_last) for weight in weights] == [True, False]
    batch = batch_of(make_data())
    drawn = [module.restore(module.encode(batch))["ben"].image_B3SS for module in (last, first)]
    torch.testing.assert_close(drawn[0], drawn[1], rtol=1e-4, atol=1e-5)


def test_dropout_is_a_function_of_the_step(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    def weights(noise: int) -> list[torch.Tensor]:
        module = make_module()
        module.net.bottleneck.squeeze = torch.nn.Sequential(module.net.bottleneck.squeeze, torch.nn.Dropout(0.5))
        torch.rand(noise)
        fit(module, make_data(), folder=tmp_path / str(noise), max_steps=3)
        return list(module.parameters())

    assert all(torch.equal(one, other) for one, other in zip(weights(1), weights(2), strict=True))


def test_metrics_of_equal_and_opposite_images() -> None:
    image, mask = torch.rand(3, 3, 24, 24), torch.ones(3, 1, 24, 24)
    torch.testing.assert_close(masked_ssim(image, image, mask), torch.ones(3))
    torch.testing.assert_close(masked_l1(image, image, mask), torch.zeros(3))
    torch.testing.assert_close(masked_l1(torch.zeros_like(image), torch.ones_like(image), mask), torch.ones(3))


def test_mixed_precision_does_not_lower_that_of_the_metrics() -> None:
    first, second = torch.rand(2, 3, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 0.1 + 0.5
    mask = torch.ones(3, 1, 32, 32)
    for metric in (masked_ssim, masked_l1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            low = metric(first, second, mask)
        torch.testing.assert_close(low, metric(first, second, mask), rtol=0, atol=0)


def test_pixels_outside_the_mask_do_not_count() -> None:
    image, mask = torch.rand(2, 3, 40, 40), torch.zeros(2, 1, 40, 40)
    mask[..., 15:25, 15:25] = 1
    other = image.clone()
    other[..., :8, :] = 0  # farther from the mask than the window of the SSIM reaches
    torch.testing.assert_close(masked_ssim(image, other, mask), torch.ones(2))
    torch.testing.assert_close(masked_l1(image, other, mask), torch.zeros(2))


def test_ssim_agrees_with_the_evaluations(make_data: Make) -> None:
    faces = next(iter(batch_of(make_data()).values()))
    hard_B1SS = (faces.mask_B1SS > 0.5).float()
    ours = masked_ssim(faces.warped_B3SS, faces.target_B3SS, hard_B1SS)
    for place in range(len(ours)):
        images = (faces[part][place].permute(1, 2, 0).numpy() for part in (0, 1))
        assert float(ours[place]) == pytest.approx(ssim(*images, hard_B1SS[place, 0].numpy()), abs=1e-4)


def test_a_swap_is_drawn_by_the_other_decoder_from_the_same_latent(make_module: Make, make_data: Make) -> None:
    """The loss of a swap is zero where its goal is what the other decoder draws, and moves that decoder alone else."""
    module, batch = make_module(swap_weight=1.0), batch_of(make_data(partners=2))
    latents = module.encode(batch)
    assert {name: faces.swap.identity for name, faces in batch.items()} == {"ada": "ben", "ben": "ada"}
    drawn = {name: module.net.decode(latents[name], faces.swap.identity) for name, faces in batch.items()}
    reached = {
        name: faces._replace(swap=faces.swap._replace(target_B3SS=drawn[name].image_B3SS.detach()))
        for name, faces in batch.items()
    }
    assert float(module.swap_loss(module.restore_and_swap(latents, reached)[1], reached)) == pytest.approx(0, abs=1e-6)
    restored, swapped = module.restore_and_swap(latents, batch)
    assert float(module.swap_loss(swapped, batch)) > 0.01
    for name, alone in module.restore(latents).items():  # drawn in one batch with swaps, but the same
        torch.testing.assert_close(restored[name], alone)
        torch.testing.assert_close(swapped[name], drawn[name])
    only_ada = {"ada": batch["ada"]}
    module.swap_loss(module.restore_and_swap(module.encode(only_ada), only_ada)[1], only_ada).backward()
    gradients = [any(p.grad is not None for p in decoder.parameters()) for decoder in module.net.decoders]
    assert gradients == [False, True]


def test_features_count_on_eyes_and_mouth_alone_in_restoring_and_in_swaps(make_module: Make, make_data: Make) -> None:
    """By their weight times the closed form; in a swap as well."""
    plain, weighted = make_module(swap_weight=1.0), make_module(swap_weight=1.0, features_weight=3.0)
    weighted.load_state_dict(plain.state_dict())
    batch = batch_of(make_data(partners=2))
    faces, latents = batch["ada"], plain.encode(batch)
    assert 0.01 < float(faces.features_B1SS.mean()) < 0.5 * float(faces.mask_B1SS.mean())
    decoded = plain.restore(latents)["ada"]
    error_B1SS = (decoded.image_B3SS - faces.target_B3SS).abs().mean(1, keepdim=True)
    on_features = (error_B1SS * faces.features_B1SS).sum() / faces.features_B1SS.sum()
    without = plain.restoring_loss(decoded, faces)["total"]
    terms = weighted.restoring_loss(decoded, faces)
    torch.testing.assert_close(terms["features"], on_features)
    torch.testing.assert_close(terms["total"], without + 3 * on_features)
    swapped = plain.restore_and_swap(latents, batch)[1]
    assert float(weighted.swap_loss(swapped, batch)) > float(plain.swap_loss(swapped, batch))


def test_a_swap_without_partners_is_refused(make_module: Make, make_data: Make) -> None:
    module, batch = make_module(swap_weight=1.0), batch_of(make_data())
    with pytest.raises(ConfigError, match=r"data\.partners"):
        module.restore_and_swap(module.encode(batch), batch)
    with pytest.raises(ConfigError, match="swap_weight"):
        make_module(swap_weight=-1.0)
    with pytest.raises(ConfigError, match="features_weight"):
        make_module(features_weight=-1.0)


def test_the_run_logs_the_swap(make_module: Make, make_data: Make, read_metrics: Make, tmp_path: Path) -> None:
    fit(make_module(swap_weight=0.5), make_data(partners=2), folder=tmp_path, max_steps=2)
    assert "train/swap" in {name for _, name in read_metrics(tmp_path)}


def test_weights_that_change_follow_the_runs_steps(make_module: Make, make_data: Make, tmp_path: Path) -> None:
    """A term that begins in the third step is zero in the log before it."""
    loss = CompositeLoss({"l1": MaskedL1(), "dssim": Dssim()}, weights={"l1": 1.0, "dssim": {0: 0.0, 2: 1.0}})
    seen: list[bool] = []

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
            seen.append(float(trainer.callback_metrics["train/dssim"]) > 0)

    fit(make_module(loss=loss), make_data(), folder=tmp_path, max_steps=4, callbacks=[Watch()])
    assert seen == [False, False, True, True]
