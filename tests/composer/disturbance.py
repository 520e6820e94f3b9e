"""Every disturbance by name, in the order in which light, weather and camera meet a picture."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from tests.composer import light, optics, weather
from tests.composer.light import Effect, Size

Build = Callable[[np.random.Generator, Size, float], Effect]
"""(generator, size, the clip's seconds) to the effect."""


class Disturbance(StrEnum):
    CLOUDS = "clouds"
    BUILDING_SHADOW = "building_shadow"
    SUNSET = "sunset"
    NIGHT = "night"
    LAMP_SWITCH = "lamp_switch"
    HEADLIGHTS = "headlights"
    WET = "wet"
    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"
    INSECTS = "insects"
    WEB = "web"
    SHAKE = "shake"
    EXPOSURE_JUMPS = "exposure_jumps"
    EXPOSURE_DRIFT = "exposure_drift"
    WHITE_BALANCE = "white_balance"
    NOISE = "noise"
    LOW_BITRATE = "low_bitrate"


OF_THE_LIGHT: dict[Disturbance, Build] = {
    Disturbance.CLOUDS: light.clouds,
    Disturbance.BUILDING_SHADOW: light.building_shadow,
    Disturbance.SUNSET: light.sunset,
    Disturbance.NIGHT: light.night,
    Disturbance.LAMP_SWITCH: light.lamp_switch,
    Disturbance.HEADLIGHTS: light.headlights,
}
"""Change how things are lit, and leave what shines by itself alone."""

OF_THE_CAMERA: dict[Disturbance, Build] = {
    Disturbance.WET: weather.wet,
    Disturbance.RAIN: weather.rain,
    Disturbance.SNOW: weather.snow,
    Disturbance.FOG: weather.fog,
    Disturbance.INSECTS: optics.insects,
    Disturbance.WEB: optics.spider_web,
    Disturbance.SHAKE: optics.shake,
    Disturbance.EXPOSURE_JUMPS: optics.exposure_jumps,
    Disturbance.EXPOSURE_DRIFT: optics.exposure_drift,
    Disturbance.WHITE_BALANCE: optics.white_balance,
}
"""Lie between the scene and the sensor, lamps and flames included."""

FROM_ABOVE: dict[Disturbance, Build] = {Disturbance.WET: weather.soaked}
"""What takes a disturbance's part where the camera looks steeply down."""

DAY_NOISE, NIGHT_NOISE, STRONG_NOISE = 1.6, 4.5, 8.0


def noise_level(named: frozenset[Disturbance]) -> float:
    """Standard deviation, grey levels: a small camera by day, at night, and a bad one."""
    if Disturbance.NOISE in named:
        return STRONG_NOISE
    return NIGHT_NOISE if Disturbance.NIGHT in named else DAY_NOISE
