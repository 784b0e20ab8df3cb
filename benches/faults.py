"""The faults through which `make bench-loss` puts every SDK, in the collector's terms (collector/README.md)."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is tracked, how fast, and what the collector does meanwhile."""

    name: str
    title: str
    tracked: int
    # Conversions a second; none: in a tight loop.
    rate: int = None
    # What the collector does from the first call on.
    faults: tuple = ()
    # The process is killed after the last call; then the faults end, and a new process opens a client.
    kills: bool = False

    @property
    def alone(self):
        """Whether it wants the machine for itself: a tight loop does."""
        return self.rate is None


OUTAGE = {"kind": "status", "status": 503}

ALL = (
    Fault("burst", "20,000 in a tight loop, healthy server", 20_000),
    Fault("third", "2,000 at 400/s, 30 % of answers 503", 2_000, 400, ({**OUTAGE, "probability": 0.3},)),
    Fault(
        "throttled", "1,600 at 200/s, 429 for the first 4 s", 1_600, 200,
        ({"kind": "status", "status": 429, "duration_ms": 4_000},),
    ),
    Fault(
        "outage", "2,000 at 200/s, 503 for the first 6 s", 2_000, 200, ({**OUTAGE, "duration_ms": 6_000},)
    ),
    Fault(
        "slow", "2,000 at 400/s, 300 ms an answer, then close", 2_000, 400, ({"kind": "delay", "delay_ms": 300},)
    ),
    Fault("kill", "kill -9 after 495 at 200/s in an outage, restarted after it", 495, 200, (OUTAGE,), kills=True),
)
