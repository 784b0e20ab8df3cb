"""Row T9: the library loaded and unloaded."""
import json
import os
import pathlib
import subprocess

from harness.row import Outcome, row


@row("T9", "dlopen, use, close, dlclose; dlclose with a client open; dlclose in a destructor", "C program")
def unload(run):
    collector = run.collector()
    times = run.times(50, 1000)
    library = pathlib.Path(os.environ.get("OPT_DIST", run.shims.parent / "dist")) / "lib/libopttrack.so"
    result = subprocess.run([str(run.shims / "t09_unload"), str(library), collector.url, str(times)], capture_output=True,
                            text=True, timeout=1200, check=False)
    run.equal(result.returncode, 0, f"exit status, {result.stderr.strip()}")
    answer = json.loads(result.stdout)
    run.expect(answer["grown_kib"] <= 256, f"{answer['grown_kib']} KiB more in memory")
    run.expect(answer["threads"] == 1, f"{answer['threads']} threads left")
    # Those of clients that were left open stay in memory, and may or may not be sent before the end.
    unique = collector.stats()["unique"]
    run.expect(times <= unique <= times + 21, f"{unique} of {times} arrived")
    return Outcome(times + 21, f"0 crashes in {times} rounds, {answer['grown_kib']} KiB more in memory, no thread left")
