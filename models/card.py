"""What a model card says: where weights come from, under which licence, how they are fed and read.

A card is a YAML file. It names one weights file by its sha256, so that a file can be recognised
whatever it is called, and everything an engine needs to run it without looking inside.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from configs.values import Fraction, Identifier, Model, Name
from models.coco import COCO80, COCO91

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")]
"""A bare file name: no folder, so that a card can never point outside the models folder."""

Side = Annotated[int, Field(ge=16, le=4096)]
Channels3 = tuple[float, float, float]

_KNOWN = {"coco80": COCO80, "coco91": COCO91}

COPYLEFT = ("AGPL", "GPL", "SSPL")
"""Licences whose duties reach whoever offers the program over a network or passes it on."""


class Decoder(StrEnum):
    """How a model's output is laid out; each is one file in `detectors/engine`."""

    YOLOX = "yolox"
    ULTRALYTICS = "ultralytics"
    FASTESTDET = "fastestdet"
    CLASSIFIER = "classifier"
    DETR = "detr"
    END_TO_END = "end_to_end"


class Fit(StrEnum):
    """How a picture of any shape is laid into the model's input."""

    LETTERBOX_TOPLEFT = "letterbox_topleft"
    LETTERBOX_CENTRE = "letterbox_centre"
    STRETCH = "stretch"


class ModelInput(Model):
    """The tensor (N, 3, height, width) float32 and how pixels become its numbers.

    A pixel value v in 0…255 becomes (v · scale - mean) / std, channel by channel in `channels`
    order.
    """

    width: Side
    height: Side
    channels: Literal["rgb", "bgr"]
    scale: Annotated[float, Field(gt=0)] = 1.0
    mean: Channels3 = (0.0, 0.0, 0.0)
    std: Annotated[Channels3, Field(description="each above 0")] = (1.0, 1.0, 1.0)
    fit: Fit
    pad: Annotated[int, Field(ge=0, le=255)] = 114

    @model_validator(mode="after")
    def _std_divides(self) -> ModelInput:
        if min(self.std) <= 0:
            raise ValueError(f"std must be above 0 in every channel; it is {list(self.std)}")
        return self


class ClassifierOutput(Model):
    """What the number or numbers of a whole-picture classifier mean.

    `absent`: the output is the probability that its class is *not* in the picture.
    """

    activation: Literal["none", "sigmoid", "softmax"]
    absent: bool = False


class Source(Model):
    """Where the weights come from. `url` is what `fenghuo models pull` downloads, if anything."""

    repository: str = Field(min_length=1)
    path: str = ""
    commit: str = ""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    note: str = ""


class Figure(Model):
    """One measured property: what, how much, and how it was measured."""

    what: str = Field(min_length=1)
    value: float
    how: str = Field(min_length=1)


class ModelCard(Model):
    name: Identifier
    version: str = Field(min_length=1)
    title: Name
    source: Source
    licence: str = Field(min_length=1, description="SPDX expression")
    file: FileName
    bytes: Annotated[int, Field(gt=0)] | None = None
    sha256: Sha256 | None = Field(
        default=None,
        description="null where nobody here has seen the weights: they are used once pinned",
    )
    input: ModelInput
    classes: tuple[str, ...] | Literal["coco80", "coco91"]
    decoder: Decoder
    output: ClassifierOutput | None = None
    confidence: Fraction = Field(description="least confidence that an engine reports by default")
    nms_iou: Fraction = Field(
        default=0.45, description="two boxes of one class that overlap more than this are one thing"
    )
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _output_of_classifiers_only(self) -> ModelCard:
        if (self.decoder is Decoder.CLASSIFIER) != (self.output is not None):
            raise ValueError(
                "`output` says what a classifier's numbers mean: it must stand in the card of a "
                f"classifier and nowhere else; the decoder is {self.decoder.value!r}"
            )
        return self

    @model_validator(mode="after")
    def _has_classes(self) -> ModelCard:
        if not self.names or len(set(self.names)) != len(self.names):
            raise ValueError("classes must be at least one name, and no name twice")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs."""
        return _KNOWN.get(self.classes, ()) if isinstance(self.classes, str) else self.classes

    @property
    def fingerprint(self) -> str:
        """First 12 hex digits of the weights' sha256: what an event says of the model; empty while
        it is not known."""
        return (self.sha256 or "")[:12]

    @property
    def licence_warning(self) -> str | None:
        """What must be said aloud before these weights are used, if anything."""
        if not any(mark in self.licence.upper() for mark in COPYLEFT):
            return None
        return (
            f"{self.name} is under {self.licence}: whoever runs it in a service must offer that "
            "service's whole source code to its users, or hold another licence from the author"
        )
