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

    def missing(self):
        """Why it can't run, or None: the reason that scripts/bench.sh left, or that it was never built."""
        return missing(self.name, self.command)


def missing(name, files):
    """Why a part of the benchmarks can't run, or None."""
    reason = BUILT / "missing" / name
    if reason.is_file():
        return reason.read_text(encoding="utf-8").strip()
    absent = [part for part in files if shutil.which(part) is None and not pathlib.Path(part).is_file()]
    return f"{absent[0]} is not there; scripts/bench.sh builds it" if absent else None


ALL = (
    Contestant("ours-c", "libopttrack, C", True, (str(BUILT / "bin" / "ours-c"),)),
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
