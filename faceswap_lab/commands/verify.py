"""Say of any file whether it came from here, and whether it was changed since."""

import json
import logging
from pathlib import Path

from omegaconf import DictConfig

from faceswap_lab.core.errors import ConfigError, one_line
from faceswap_lab.core.foreign_files import read_bytes
from faceswap_lab.provenance.authority import MAX_PEM_BYTES
from faceswap_lab.provenance.seal import Seal
from faceswap_lab.provenance.verify import Verification, verify
from faceswap_lab.provenance.verify_model import MODEL_SUFFIXES, ModelVerification, verify_model

logger = logging.getLogger("faceswap_lab")


def run(cfg: DictConfig) -> Verification | ModelVerification:
    """Says what the file says of itself; the exit code is 0 for ours and intact, 1 for anything else.

    Args:
        cfg: Composed ``conf/verify.yaml``.

    Raises:
        ConfigError: The anchors cannot be read.
        FootageError: As ``provenance.verify.verify``.
    """
    anchors = None if cfg.anchors is None else _anchors(cfg.anchors)
    if Path(cfg.file).suffix.lower() in MODEL_SUFFIXES:
        if cfg.manifests is not None:
            logger.warning("manifests= finds nothing here: the card of %s lies beside it", Path(cfg.file).name)
        found = verify_model(cfg.file, anchors=anchors)
    else:
        found = verify(cfg.file, manifests=cfg.manifests, anchors=anchors)
    if cfg.json:
        logger.info("%s", json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        for line in lines(found):
            logger.info("%s", line)
    return found


def lines(found: Verification | ModelVerification) -> list[str]:
    """What was found, for people, the verdict last; no name in a file can look like a line of ours."""
    said = _lines_of_model(found) if isinstance(found, ModelVerification) else _lines_of_output(found)
    return [one_line(line) for line in said]


def _lines_of_output(found: Verification) -> list[str]:
    credential, seal, mark = found.credential, found.seal, found.watermark
    said = [f"credential: {credential.state}" + (f", signed by {credential.signer}" if credential.signer else "")]
    said += [f"  {problem}" for problem in credential.problems]
    if mark is None:
        said.append("watermark: not looked for, there is no key yet")
    elif found.watermark_id is None:
        said.append("watermark: none of your keys")
    else:
        said.append(f"watermark: id {found.watermark_id}, chance of a mistake 10^{mark.log10_p:.0f}")
    if found.manifest is None:
        said.append("manifest: none found")
    else:
        match = "of these very bytes" if found.manifest_matches else "of another version of this file"
        said.append(f"manifest: {found.manifest}, {match}, {_signed(seal)}")
    said.append("metadata: " + ("says that it was generated in part" if found.tagged else "says nothing"))
    said += [f"consent of {name}: {state}" for name, state in found.consent.items()]
    return [*said, f"{found.file}: {_VERDICTS[found.verdict]}"]


def _lines_of_model(found: ModelVerification) -> list[str]:
    if found.sidecar is None:
        said = ["card: no sidecar beside it"]
    else:
        match = "of these very bytes" if found.sidecar_matches else "of another version of this file"
        said = [f"card: {found.sidecar}, {match}, {_signed(found.seal)}"]
        said += ["model card: altered since it was written"] if found.model_card == "altered" else []
    said += [f"consent of {name}: {state}" for name, state in found.consent.items()]
    return [*said, f"{found.file}: {_VERDICTS[found.verdict]}"]


def _signed(seal: Seal | None) -> str:
    if seal is None:
        return "unsigned"
    if not seal.intact:
        return "signature broken"
    return f"signature intact, by {seal.signer or 'somebody without a name'}" + (
        "" if seal.local else ", whom nobody here vouches for"
    )


_VERDICTS = {
    "intact": "ours and intact",
    "altered": "ours, but altered since",
    "not ours": "nothing says that it is ours",
}


def _anchors(path: str) -> bytes:
    try:
        return read_bytes(path, at_most=MAX_PEM_BYTES)
    except OSError as error:
        raise ConfigError(f"anchors={path}: {error.strerror or error}; give a PEM file of certificates") from error
