"""The table of faults: what is known of each row, on a page and in the README."""
import json
import os
import pathlib
import re
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
# In the order of the README.
IDS = [line for line in (ROOT / "tests/faults/ids.txt").read_text().splitlines() if line]
BEGIN, END = "<!-- faults: begin, written by scripts/faults.sh --readme -->", "<!-- faults: end -->"
KINDS = ("passed", "failed", "not run", "not injected yet", "in other parts")


def record(row, result="passed", fired=0, figure="", seconds=0.0):
    return {"row": row.name, "fault": row.fault, "injection": row.injection, "fired": fired, "figure": figure, "result": result,
            "seconds": seconds}


def kind(one):
    """How a record counts."""
    result = one["result"]
    if result == "passed":
        return "passed"
    if result.startswith("not injected yet"):
        return "not injected yet"
    if result.startswith(("passed in part", "left to part")):
        return "in other parts"
    return "not run" if result.startswith("not run") and not os.environ.get("OPT_REQUIRE_ALL") else "failed"


def sums(records):
    """The last line of a run."""
    counts = {name: sum(kind(one) == name for one in records) for name in KINDS}
    always = f"faults: {counts['passed']} passed, {counts['failed']} failed"
    return counts, always + "".join(f", {counts[name]} {name}" for name in KINDS[2:] if counts[name])


def line(*cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def page(records):
    """The table of a run, as Markdown."""
    lines = [line("Id", "fault", "injected by", "fired", "figure", "verdict"), "|---|---|---|---:|---|---|"]
    lines += [line(one["row"], one["fault"], one["injection"], f"{one['fired']:,}", one["figure"], one["result"]) for one in records]
    return "\n".join(lines) + "\n"


def keep(one, folder):
    """Keeps what a row came to until it runs again."""
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    (pathlib.Path(folder) / f"{one['row']}.json").write_text(json.dumps({**one, "day": time.strftime("%Y-%m-%d")}))


def into_readme(folder, path=ROOT / "README.md"):
    """Writes what each row came to in its last long run; says what is missing."""
    kept = {name: json.loads(file.read_text()) for name in IDS if (file := pathlib.Path(folder) / f"{name}.json").exists()}
    missing = [name for name in IDS if name not in kept]
    if missing:
        return f"these rows have not been run in their long form: {' '.join(missing)}"
    days = sorted(one["day"] for one in kept.values())
    counts, _ = sums(kept.values())
    verdicts = ", ".join(f"{counts[name]} {name}" for name in KINDS if counts[name])
    span = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    lines = [BEGIN, f"<details><summary>All {len(kept)} faults, with what was seen: {verdicts} ({span})</summary>", "",
             line("Id", "fault", "figure", "fired", "verdict"), "|---|---|---|---:|---|"]
    lines += [line(name, one["fault"], one["figure"], f"{one['fired']:,}", one["result"]) for name, one in kept.items()]
    lines += ["", "</details>", END]
    text = path.read_text()
    places = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    if len(places.findall(text)) != 1:
        return f"{path.name} has not once the comments between which the table stands"
    path.write_text(places.sub(lambda _: "\n".join(lines), text))
    return None
