"""Fire and smoke, and the lamps, steam and clothes that only look like them."""

from __future__ import annotations

from enum import StrEnum
from math import pi, sin
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from configs.values import Fraction
from ingest.farm.scenes.fire import Ramp
from ingest.farm.scenes.motion import Track
from tests.composer import glow
from tests.composer.composition import Cast
from tests.composer.flames import Blaze, burnt_out, real_flames
from tests.composer.kinds.kind import Happening, Kind, Setting, Staged
from tests.composer.moves import Halt, person, set_down
from tests.composer.things import Thing, thing


class Fire(Kind):
    """Something on the ground burns from `start` on and grows to `tall` of the picture's height."""

    kind: Literal["fire"]
    blaze: Blaze = Blaze.CAR
    tall: Fraction = 0.16
    start: float = 20.0
    end: float = 80.0
    grows: float = 15.0
    overexposed: bool = False
    smoky: bool = False

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        spot = _somewhere(setting)
        foot, pixels = setting.pixel(spot), self.tall * setting.place.size[1]
        strength = Ramp(self.start, self.start + self.grows, self.end - 2, self.end)
        cuts = real_flames(self.blaze) if setting.place.real else ()
        if cuts and self.overexposed:
            cuts = burnt_out(cuts)
        paints = [
            glow.flames(cuts, foot, pixels, strength)
            if cuts
            else glow.drawn_flames(setting.rng, foot, pixels, strength)
        ]
        heap = thing(Thing.BAGS, setting.rng).lit(0.5)
        lies = set_down(
            setting.place, heap, 0.55 * pixels / setting.place.lens.scale(spot[1]), spot,
            halt=Halt(-1.0, setting.seconds + 1),
        )  # fmt: skip
        over: tuple[glow.Paint, ...] = ()
        truth = [Happening("fire", self.start + 2, self.end)]
        if self.smoky:
            above = (foot[0], foot[1] - 0.6 * pixels)
            rising = Ramp(self.start, self.start + self.grows, self.end, self.end + 3)
            over = (glow.smoke(setting.rng, above, 0.5 * pixels, rising, 0.6),)
        open_until = min(setting.seconds, self.end + 15)
        truth.append(Happening("smoke", self.start, open_until, ignore=True))
        return Staged(Cast((lies,), tuple(paints), over), tuple(truth))


class Smoking(Kind):
    """A plume rises from the ground, grows and drifts; `dark` 0 is pale grey, 1 is soot.

    `thick`, `lean` and `brown` as `glow.smoke` has them.
    """

    kind: Literal["smoke"]
    wide: Fraction = 0.06
    dark: Fraction = 0.3
    thick: Annotated[float, Field(gt=0, le=3)] = 1.0
    lean: Annotated[float, Field(ge=-2, le=2)] = 1.0
    brown: Annotated[float, Field(ge=-1, le=1)] = 0.0
    start: float = 20.0
    end: float = 80.0

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        foot = setting.pixel(_somewhere(setting))
        strength = Ramp(self.start, self.start + 10, self.end, self.end + 3)
        plume = glow.smoke(
            setting.rng, foot, self.wide * setting.place.size[0], strength, self.dark,
            thick=self.thick, lean=self.lean, brown=self.brown,
        )  # fmt: skip
        truth = (
            Happening("smoke", self.start + 3, self.end),
            Happening("smoke", self.end, min(setting.seconds, self.end + 15), ignore=True),
        )
        return Staged(Cast(over=(plume,)), truth)


class Steam(Kind):
    """White steam out of a kitchen, for a few seconds at a time; `dark` and `brown` as smoke has
    them make it an exhaust's, or dust."""

    kind: Literal["steam"]
    lasts: float = 5.0
    dark: Fraction = 0.0
    lean: Annotated[float, Field(ge=-2, le=2)] = 1.0
    brown: Annotated[float, Field(ge=-1, le=1)] = 0.0

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        foot = setting.pixel(_somewhere(setting), 1.2)
        size = 0.035 * setting.place.size[0]
        ramps = [
            Ramp(at, at + 1, at + self.lasts - 1, at + self.lasts)
            for at in np.arange(12.0, setting.seconds - 10, 26.0)
        ]
        puffs = tuple(
            glow.smoke(setting.rng, foot, size, ramp, self.dark, lean=self.lean, brown=self.brown)
            for ramp in ramps
        )
        return Staged(Cast(over=puffs))


class Lights(StrEnum):
    BLUE = "blue"
    BRAKE = "brake"
    INDICATOR = "indicator"
    STREET_LAMP = "street_lamp"
    WELDING = "welding"
    LANTERNS = "lanterns"


class Lamps(Kind):
    """Lamps that blink, flicker or flash: no fire."""

    kind: Literal["lamps"]
    lights: Lights

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        return Staged(Cast(glowing=_LAMPS[self.lights](setting)))


def _blue(setting: Setting) -> tuple[glow.Paint, ...]:
    """Two lamps on a roof in turns, twice a second, and their light around."""
    x, y = setting.pixel(_somewhere(setting), 1.6)
    one, other = (glow.lamp((x + side, y), 6, (255, 90, 30)) for side in (-7, 7))
    around = glow.lamp((x, y), 70, (90, 30, 8))

    def on(t: float, side: int) -> float:
        return 1.0 if int(t * 8) % 4 == side else 0.0

    return (
        glow.blinking(one, lambda t: on(t, 0)),
        glow.blinking(other, lambda t: on(t, 2)),
        glow.blinking(around, lambda t: on(t, 0) + on(t, 2)),
    )


def _brake(setting: Setting) -> tuple[glow.Paint, ...]:
    spot = _somewhere(setting)
    lamps = (
        glow.lamp(setting.pixel((spot[0] + side, spot[1]), 0.9), 5, (40, 30, 255))
        for side in (-0.6, 0.6)
    )
    return tuple(glow.blinking(each, lambda t: 1.0 if t % 9 < 4 else 0.25) for each in lamps)


def _indicator(setting: Setting) -> tuple[glow.Paint, ...]:
    spot = _somewhere(setting)
    lamps = (
        glow.lamp(setting.pixel((spot[0] + side, spot[1]), 0.8), 6, (10, 140, 255))
        for side in (-0.7, 0.7)
    )
    return tuple(glow.blinking(each, lambda t: 1.0 if t % 0.72 < 0.36 else 0.0) for each in lamps)


def _street_lamp(setting: Setting) -> tuple[glow.Paint, ...]:
    """A sodium lamp at its end: it flickers, goes out, and comes back slowly."""
    x, y = setting.pixel(setting.spot(0.4, float(setting.rng.uniform(-0.8, 0.8))), 3.6)
    bulb, pool = glow.lamp((x, y), 9, (80, 170, 255)), glow.lamp((x, y + 90), 90, (20, 50, 90), 0.5)

    def on(t: float) -> float:
        slow = min(1.0, (t % 23) / 6)
        return slow * (0.75 + 0.25 * sin(2 * pi * 7.3 * t) * sin(2 * pi * 0.31 * t))

    return glow.blinking(bulb, on), glow.blinking(pool, on)


def _welding(setting: Setting) -> tuple[glow.Paint, ...]:
    """Blue-white flashes of about a second, with pauses."""
    at = setting.pixel(_somewhere(setting), 0.5)
    spark, around = glow.lamp(at, 8, (255, 240, 225)), glow.lamp(at, 80, (190, 150, 120))
    starts = np.sort(setting.rng.uniform(5, setting.seconds, max(1, round(setting.seconds / 11))))

    def on(t: float) -> float:
        since = t - starts[max(0, int(np.searchsorted(starts, t)) - 1)]
        return (0.6 + 0.4 * sin(61 * t)) if 0 <= since < 1.0 else 0.0

    return glow.blinking(spark, on), glow.blinking(around, on)


def _lanterns(setting: Setting) -> tuple[glow.Paint, ...]:
    """A row of red lanterns that swing in the wind."""
    row = [setting.spot(0.35, aside) for aside in (-0.7, -0.35, 0.0, 0.35, 0.7)]
    lamps = [glow.blob(9) for _ in row]
    feet = [setting.pixel(spot, 2.6) for spot in row]

    def paint(frame: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], t: float) -> None:
        for number, (lamp, (x, y)) in enumerate(zip(lamps, feet, strict=True)):
            sway = 3.0 * sin(2 * pi * (t / 2.7 + 0.21 * number))
            glow.add_light(frame, lamp, (x + sway, y), (40, 70, 255), 0.9)

    return (paint,)


_LAMPS = {
    Lights.BLUE: _blue,
    Lights.BRAKE: _brake,
    Lights.INDICATOR: _indicator,
    Lights.STREET_LAMP: _street_lamp,
    Lights.WELDING: _welding,
    Lights.LANTERNS: _lanterns,
}

_RED, _VEST = (36, 30, 190), (40, 150, 250)


class WarmClothes(Kind):
    """People in red, or in orange vests with bands, walk about and stand: no fire."""

    kind: Literal["warm_clothes"]
    vests: bool = False

    @property
    def default_zone(self) -> str:
        return "full"

    def stage(self, setting: Setting) -> Staged:
        colour = _VEST if self.vests else _RED
        cast = []
        for number in range(5):
            spot = _somewhere(setting)
            at = 8.0 + 11 * number
            track = setting.visit(at, spot, at + 9.0)
            cast.append(person(setting.place, setting.rng, track, colour))
        walk = Track(3, setting.edge(_somewhere(setting)[1], -1))
        walk.to(setting.edge(_somewhere(setting)[1], 1), speed=1.3)
        cast.append(person(setting.place, setting.rng, walk, colour))
        return Staged(Cast(tuple(cast)))


def _somewhere(setting: Setting) -> tuple[float, float]:
    """On the ground of the place, not too near, not too far and not at the picture's edge."""
    zone = "lane" if setting.zone == "full" else setting.zone
    own = Setting(setting.place, zone, setting.rng, setting.seconds)
    rng = setting.rng
    x, y = own.fraction(float(rng.uniform(0.35, 0.75)), float(rng.uniform(-0.6, 0.6)))
    return setting.place.ground((float(np.clip(x, 0.15, 0.8)), y))
