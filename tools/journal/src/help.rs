//! The commands, and what they say of themselves.

use crate::arguments::Arguments;
use crate::{Outcome, import, look, put_back, send};

/// A command.
pub struct Command {
    /// What it is called.
    pub name: &'static str,
    /// What it says of itself.
    pub help: &'static str,
    /// Flags that it knows.
    pub flags: &'static [&'static str],
    /// Options with a value.
    pub options: &'static [&'static str],
    /// Those of them that take several.
    pub lists: &'static [&'static str],
    /// Most operands.
    pub operands: usize,
    /// What it does.
    pub run: fn(&Arguments) -> Outcome,
}

/// Every command.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "list",
        help: LIST,
        flags: &["--json"],
        options: &[],
        lists: &[],
        operands: 1,
        run: look::list,
    },
    Command {
        name: "check",
        help: CHECK,
        flags: &["--json"],
        options: &[],
        lists: &[],
        operands: 1,
        run: look::check,
    },
    Command {
        name: "export",
        help: EXPORT,
        flags: &["--dead-letters", "--settled"],
        options: &[],
        lists: &[],
        operands: 1,
        run: look::export,
    },
    Command {
        name: "requeue",
        help: REQUEUE,
        flags: &["--all"],
        options: &["--uuid", "--key"],
        lists: &["--uuid"],
        operands: 1,
        run: put_back::requeue,
    },
    Command {
        name: "send",
        help: SEND,
        flags: &["--dead-letters"],
        options: &["--endpoint", "--timeout", "--request-timeout"],
        lists: &[],
        operands: 1,
        run: send::send,
    },
    Command {
        name: "drain",
        help: DRAIN,
        flags: &["--dead-letters"],
        options: &["--timeout", "--request-timeout"],
        lists: &[],
        operands: 1,
        run: send::drain,
    },
    Command {
        name: "import",
        help: IMPORT,
        flags: &["--partial", "--quiet"],
        options: &["--datafile", "--endpoint"],
        lists: &[],
        operands: 2,
        run: import::import,
    },
];

/// What the program says of itself.
pub const ALL: &str = "\
usage: opttrack-journal COMMAND DIR [OPTION…]

Looks into the journal that clients of libopttrack keep in DIR, and puts right what went wrong.

  list      what is there
  check     read everything, report damage
  export    events as lines of JSON
  requeue   put dead letters back into the journal
  send      deliver what waits for one endpoint
  drain     deliver what waits for any endpoint
  import    put events from lines of JSON into the journal

opttrack-journal COMMAND --help says more of each. The directory of a client that runs is only looked at.

Exit status: 0 all is well; 1 the command did its work, and something is left, damaged or refused; 2 it was called
wrongly; 3 it could not do its work.
";

const LIST: &str = "\
usage: opttrack-journal list DIR [--json]

Shows every client's directory in DIR (live: its client runs; orphan: its events wait for the next client, or for
send; foreign version: another version of the library wrote some of it), its segments with whose events they hold
(account, project, revision), where these go, how many wait and how many are settled, bytes, and the age of the oldest
event that waits; the files of dead letters; and what recovery could not read and put aside.

  --json    the same for programs

Exit status: 0; 3 if DIR can't be read.
";

const CHECK: &str = "\
usage: opttrack-journal check DIR [--json]

Reads everything, compares the checksums, and reports damage: the file, the bytes in it, about how many events were
there, and what is wrong. Events that are settled are not looked at, for nobody needs them any more; nor is a record
that a crash has cut short, for it was never accepted. Changes nothing.

  --json    the same for programs

Exit status: 0 nothing is damaged; 1 something is; 3 if DIR can't be read.
";

const EXPORT: &str = "\
usage: opttrack-journal export DIR [--dead-letters] [--settled]

Prints each event that waits as a line of JSON; import takes the lines as they are. Changes nothing.

  --dead-letters    the dead letters too
  --settled         events too that were delivered and whose bytes are still there

Exit status: 0; 1 if some could not be read, which check names; 3 if DIR can't be read.
";

const REQUEUE: &str = "\
usage: opttrack-journal requeue DIR (--all | --key KEY | --uuid UUID…)

Puts dead letters back into the journal, with their uuids and times; the next client of DIR with the same endpoint sends
them, or send does. They leave their file only when they are safe in the journal. The files of clients that run are
left alone.

  --all          all of them
  --key KEY      those of an event, or of a rule
  --uuid UUID…   these

Exit status: 0; 1 if one that was asked for is not there, can't be sent, or is a running client's; 3 if DIR can't be read
or written.
";

const SEND: &str = "\
usage: opttrack-journal send DIR [--endpoint URL] [--dead-letters] [--timeout SECONDS] [--request-timeout SECONDS]

Takes over what clients that are no more have left for an endpoint, delivers it as a client would, and prints the books.
Ends when nothing is left, at the time-out, or when the endpoint refuses everything (401, 403, 404, …). What is left
then waits as before.

  --endpoint URL               whose events; may be left out where there is only one. They are never sent elsewhere:
                               to change where events go, export and import them
  --dead-letters               dead letters too, once more
  --timeout SECONDS            longest time; none for as long as it takes (default: 300)
  --request-timeout SECONDS    longest time of one request (default: 10)

Exit status: 0 everything was delivered; 1 something is left, was refused (a dead letter), or is damaged; 3 if DIR can't
be read or written.
";

const DRAIN: &str = "\
usage: opttrack-journal drain DIR [--dead-letters] [--timeout SECONDS] [--request-timeout SECONDS]

The same as send for every endpoint that events in DIR wait for, one after the other.

  --dead-letters               dead letters too, once more
  --timeout SECONDS            longest time for one endpoint; none for as long as it takes (default: 300)
  --request-timeout SECONDS    longest time of one request (default: 10)

Exit status: 0 everything was delivered; 1 something is left, was refused (a dead letter), or is damaged; 3 if DIR can't
be read or written.
";

const IMPORT: &str = "\
usage: opttrack-journal import DIR [FILE] [--datafile FILE] [--endpoint URL] [--partial] [--quiet]

Puts events into the journal in DIR, which is made if it is not there: conversions that happened elsewhere, and what
export has printed. They come from FILE, or from standard input, one a line:

  {\"user_id\":\"u1\",\"event_key\":\"purchase\",\"time\":1700000000000,\"uuid\":\"…\",
   \"attributes\":{\"plan\":\"gold\"},\"tags\":{\"revenue\":4200}}

user_id and event_key are needed; time is in milliseconds since 1970, now without it; a uuid is made without one.
The next client of DIR with the same endpoint sends them, or send does.

Each line is answered by one of JSON. If a line is bad nothing is imported: the good ones are answered \"withheld\".

  --datafile FILE   the datafile that has the events' ids; needed for conversions
  --endpoint URL    where the events go; without it the Events API of the datafile's region, or where they went before
  --partial         import the good lines although others are bad
  --quiet           answer bad lines only

Exit status: 0 every line was imported; 1 some were not; 3 if DIR or the input can't be read or written.
";
