"""The books outside of the process: what it was told is accepted, against what the collector has received."""
import pathlib
from dataclasses import dataclass, field


@dataclass
class Balance:
    accepted: int
    received: int
    lost: list = field(default_factory=list)
    invented: list = field(default_factory=list)
    # Visitors of one event each that arrived under two uuids.
    doubled: list = field(default_factory=list)
    repeats: int = 0
    conflicting: int = 0

    def __str__(self):
        return (f"{len(self.lost)} lost of {self.accepted}, {len(self.invented)} invented, {len(self.doubled)} doubled, "
                f"{self.conflicting} conflicting, {self.repeats} repeats by uuid")


def accepted(folder):
    """The visitor ids in the books of a folder."""
    ids = set()
    for path in pathlib.Path(folder).glob("*.books"):
        # A line that a death has cut was not written down.
        ids.update(line for line in path.read_text().split("\n")[:-1])
    return ids


def balance(folder, *collectors, settled=()):
    """Compares. `settled`: visitors that came to rest elsewhere, as dead letters."""
    wanted = accepted(folder) - set(settled)
    uuids, doubled, repeats, conflicting = {}, [], 0, 0
    for collector in collectors:
        for visitor, uuid, count in collector.events():
            if uuids.setdefault(visitor, uuid) != uuid:
                doubled.append(visitor)
            repeats += count - 1
        conflicting += collector.stats()["conflicting"]
    return Balance(
        accepted=len(wanted), received=len(uuids), lost=sorted(wanted - uuids.keys()),
        invented=sorted(uuids.keys() - wanted), doubled=doubled, repeats=repeats, conflicting=conflicting)
