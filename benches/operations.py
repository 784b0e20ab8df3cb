"""What is measured: the operations of a round, how often each is called, and what is wanted of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Operation:
    """One command of the line protocol."""

    name: str
    title: str
    # Calls in a round, as a share of CALLS; loads say how many datafiles are loaded.
    share: float = 1
    # The datafile that is loaded: "project" or "large".
    loads: str = ""
    count: int = 0
    # At most so many nanoseconds from C, and at least so many times as fast as the official Go SDK.
    wanted_ns: float = None
    wanted_times: float = None

    @property
    def command(self):
        return "load" if self.loads else self.name


# Those that record events are called no oftener than the smallest queue takes.
ALL = (
    Operation(
        "track", "track: one conversion, user built inside, 5 attributes, 3 tags", wanted_ns=300, wanted_times=6
    ),
    Operation(
        "activate",
        "activate: one decision with its impression, user built inside, 5 attributes",
        wanted_ns=650, wanted_times=20,
    ),
    Operation(
        "is_feature_enabled",
        "is_feature_enabled: the same asked of a flag",
        wanted_ns=650, wanted_times=20,
    ),
    Operation(
        "decide",
        "decide: one flag without an audience, no event, user built inside, 5 attributes",
        share=4, wanted_ns=120, wanted_times=50,
    ),
    Operation(
        "decide_variables", "decide_variables: the same, and all three variables of the flag read", share=4
    ),
    Operation(
        "decide_audience",
        "decide_audience: one flag with a typed audience of 5 attributes, no event, user built inside",
        share=4, wanted_ns=320, wanted_times=30,
    ),
    Operation(
        "decide_all",
        "decide_all: every flag of the datafile, no event, user built inside",
        share=0.2, wanted_ns=4_000, wanted_times=40,
    ),
    Operation("load", "load: datafile text to a client that can decide", loads="project", count=20),
    Operation(
        "load_large", "load, 500 flags: the same with a generated datafile", loads="large", count=3, wanted_times=4
    ),
)
