"""Which hardware runs the models: asked for by a deployment, or by a deployment for one model."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from configs.values import Identifier, Model


class Provider(StrEnum):
    """What runs a model, as ONNX Runtime names it."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    OPENVINO = "openvino"


AUTO = (Provider.CUDA, Provider.OPENVINO, Provider.CPU)
"""What `auto` tries. TensorRT is not among them: it builds for minutes at the first start, which
nobody should meet who did not ask for it."""


def _listed(value: object) -> object:
    """`"cuda, cpu"`, as it stands in an environment variable, is a list of two."""
    if value == "auto" or not isinstance(value, str | list | tuple):
        return value
    listed = value
    if isinstance(value, str):
        listed = [part.strip() for part in value.split(",") if part.strip()]
    unknown = [name for name in listed if name not in tuple(Provider)]
    if unknown or not listed:
        wrong = unknown[0] if unknown else ""
        raise ValueError(
            f"{wrong!r} is no hardware for models; write {', '.join(Provider)}, by commas in the "
            "order in which they are tried, or auto"
        )
    return listed


Providers = Annotated[
    Literal["auto"] | Annotated[tuple[Provider, ...], Field(min_length=1)],
    BeforeValidator(_listed),
]


class Hardware(Model):
    """Providers in the order in which they are tried; the first that is there and starts is taken.

    `allow_cpu`: where none is, the processor does. Otherwise the model counts as missing, and its
    rules work by their classical methods.
    """

    providers: Providers = "auto"
    allow_cpu: bool = False

    @property
    def tried(self) -> tuple[Provider, ...]:
        if self.providers == "auto":
            return AUTO
        extra = (Provider.CPU,) if self.allow_cpu and Provider.CPU not in self.providers else ()
        return self.providers + extra

    @property
    def asked_for(self) -> Provider | None:
        """What it is worth to say that a model runs on something else; None for `auto`."""
        return None if self.providers == "auto" else self.providers[0]


class HardwareOfModels(Model):
    """A deployment's hardware, and what differs for single models, by the names of their cards."""

    usual: Hardware = Hardware()
    models: Mapping[Identifier, Hardware] = {}

    def of(self, model: str) -> Hardware:
        return self.models.get(model, self.usual)


WHATEVER_IS_THERE = HardwareOfModels()
