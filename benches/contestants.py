"""Who is measured: how each worker is started, and what it needs from the runner."""

import dataclasses
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parent / "target" / "bench"


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One SDK in one language."""

    name: str
    label: str
    ours: bool
    command: tuple
    # Events leave in batches of this size and, without a public flush, no sooner; 1 where a flush empties the queue.
    batch: int = 1
    # The kind of journal on disk, of libopttrack; none: events wait in memory.
    journal: str = ""
    # The operations that differ from those of its fellow in memory; none: all are measured.
    only: tuple = ()

    def takes(self, operation):
        """Whether this operation is measured."""
        return not self.only or operation in self.only

    def settings(self, directory):
        """With what its worker is started, where it keeps its events in a folder."""
        return (f"journal={directory}", f"kind={self.journal}") if self.journal else ()

    def missing(self):
        """Why it can't run, or None: the reason that scripts/bench-build.sh left, or that it was never built."""
        return missing(self.name.removesuffix(f"-{self.journal}"), self.command)


def missing(name, files):
    """Why a part of the benchmarks can't run, or None."""
    reason = BUILT / "missing" / name
    if reason.is_file():
        return reason.read_text(encoding="utf-8").strip()
    absent = [part for part in files if shutil.which(part) is None and not pathlib.Path(part).is_file()]
    return f"{absent[0]} is not there; scripts/bench-build.sh builds it" if absent else None


RECORDING = ("track", "activate", "is_feature_enabled")
OURS_C = (str(BUILT / "bin" / "ours-c"),)

ALL = (
    Contestant("ours-c", "libopttrack, C", True, OURS_C),
    Contestant("ours-c-written", "libopttrack, C, on disk", True, OURS_C, journal="written", only=RECORDING),
    Contestant("ours-c-mapped", "libopttrack, C, mapped", True, OURS_C, journal="mapped", only=RECORDING),
    Contestant("ours-go", "libopttrack, Go", True, (str(BUILT / "bin" / "ours-go"),)),
    Contestant("official-go", "official Go SDK", False, (str(BUILT / "bin" / "official-go"),), batch=10),
    Contestant("official-node", "official JavaScript SDK", False, ("node", str(BUILT / "node" / "worker.mjs")), batch=10),
    Contestant(
        "official-python",
        "official Python SDK",
        False,
        (str(BUILT / "venv" / "bin" / "python"), str(HERE / "python" / "worker.py")),
    ),
)
