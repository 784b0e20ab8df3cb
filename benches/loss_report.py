"""The table of `make bench-loss`: printed, as Markdown for the README, and as JSON with every single run."""

import json
import platform
import statistics

import report


class Table:
    """Received of tracked for each fault and contestant, medians over the runs."""

    def __init__(self, chosen, here, missing, runs):
        self.faults, self.here, self.missing, self.runs = chosen, here, missing, runs

    def received(self, fault, one):
        return round(statistics.median(run["received"] for run in self.runs[fault.name, one.name]))

    def cells(self, fault):
        """One row: the fault, how many were tracked, and what arrived from each contestant."""
        return [fault.title, f"{fault.tracked:,}", *(f"{self.received(fault, one):,}" for one in self.here)]

    def head(self):
        titles = []
        for one in self.here:
            version = self.runs[self.faults[0].name, one.name][0]["version"]
            titles.append(f"{one.label} {version}")
        return ["fault", "tracked", *titles]

    def lines(self):
        """The table as Markdown."""
        yield "| " + " | ".join(self.head()) + " |"
        yield "|" + "|".join(["---", *["---:"] * (len(self.here) + 1)]) + "|"
        for fault in self.faults:
            yield "| " + " | ".join(self.cells(fault)) + " |"
        for one, reason in self.missing.items():
            yield ""
            yield f"NOT MEASURED: {one.label}: {reason}"

    def print(self, out):
        repeats = len(next(iter(self.runs.values())))
        print(f"{platform.platform()}, {report.processor()}", file=out)
        print(f"events received of those tracked, counted by visitor at the collector; medians of {repeats}", file=out)
        rows = [self.head(), *map(self.cells, self.faults)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        for first, *others in rows:
            figures = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:]))
            print(f"{first:{widths[0]}}  {'  '.join(figures)}", file=out)
        for one in self.here:
            repeated = sum(run["repeats"] for fault in self.faults for run in self.runs[fault.name, one.name])
            never = sum(run["close_seconds"] is None for fault in self.faults for run in self.runs[fault.name, one.name])
            if repeated:
                print(f"  {one.label}: {repeated} events came more than once, by the same uuid", file=out)
            if never:
                print(f"  {one.label}: close did not return in {never} runs", file=out)
        for one, reason in self.missing.items():
            print(f"NOT MEASURED: {one.label}: {reason}", file=out)

    def lost_by_us(self):
        """The runs in which libopttrack lost what it had accepted, or did not take what was tracked."""
        return [
            f"{one.label}, {fault.title}: {run['received']} of {run['accepted']}, {fault.tracked} tracked"
            for fault in self.faults for one in self.here if one.ours
            for run in self.runs[fault.name, one.name]
            if not run["received"] == run["accepted"] == fault.tracked
        ]

    def write(self, folder):
        (folder / "loss.md").write_text("\n".join(self.lines()) + "\n", encoding="utf-8")
        document = {
            "machine": {"system": platform.platform(), "processor": report.processor()},
            "contestants": {one.name: one.label for one in self.here},
            "not_measured": {one.name: reason for one, reason in self.missing.items()},
            "faults": {
                fault.name: {
                    "title": fault.title, "tracked": fault.tracked,
                    "received": {one.name: self.received(fault, one) for one in self.here},
                    "runs": {one.name: self.runs[fault.name, one.name] for one in self.here},
                }
                for fault in self.faults
            },
        }
        (folder / "loss.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
