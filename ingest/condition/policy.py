"""How long a picture is looked at before anything is said of it. All in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConditionPolicy:
    """False alarms are worse than late ones: each ticket sends somebody up a ladder."""

    look_every: float = 40.0
    """Between two looks at a picture that seems well."""
    uneasy_every: float = 10.0
    """Between two looks at one that has changed in part."""
    suspicious_every: float = 4.0
    """Between two looks at one that does not."""
    learn_for: float = 300.0
    """A light's first pictures only teach: nothing but black is judged for so long."""
    learn_looks: int = 12
    relearn_every: float = 600.0
    """With a weight of an eighth: the baseline follows the sun and the seasons within two hours."""
    covered_after: float = 30.0
    """A lorry that backs up to the lens is gone or parked by then."""
    changed_after: float = 120.0
    """For moved and blurred: a bus at its stop, a shower of rain on the glass."""
    least_looks: int = 6
    """Looks that must agree, whatever the seconds say."""
    clear_after: float = 20.0
    """A condition ends when the picture has been well for so long."""
    frozen_after: float = 60.0
    frozen_keyframes: int = 6
    """Keyframes that must be the same, for cameras that send one in 10 s."""
    sudden: float = 90.0
    """A picture that loses everything within it was covered; night and fog take minutes."""
    longest_night: float = 16 * 3600.0
    """The winter night at 50° north: a picture without anything for longer is no night."""
    dark_spell: float = 2 * 3600.0
    """Sudden darkness that lasted so long and ended by itself: somebody switches the light off.
    A shorter one tells of a lamp only where the light before it was not longer than this."""
    lit: float = 900.0
    """The longest that dials of motion-switched lamps go to: light that came after darkness and is
    gone within it went off by itself."""
    habit_for: float = 14 * 86400.0
    """Light that has not gone off by itself for so long does so no more."""
    adopt_after: float = 6 * 3600.0
    """A moved view that stays for so long becomes the camera's usual one."""


POLICY = ConditionPolicy()
