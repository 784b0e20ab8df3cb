//! `requeue`: dead letters back into the journal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use opttrack::client::journal_tools::{Requeued, Which, requeue as put_back};

use crate::arguments::Arguments;
use crate::report::count;
use crate::{Ending, Failure, Outcome, complain};

/// Puts dead letters back.
pub fn requeue(arguments: &Arguments) -> Outcome {
    let uuids: BTreeSet<_> =
        arguments.texts("--uuid")?.iter().map(|uuid| uuid.to_ascii_lowercase()).collect();
    let key = arguments.text("--key")?;
    let asked = uuids.len() as u64;
    let which = match (arguments.has("--all"), key, asked) {
        (true, None, 0) => Which::All,
        (false, Some(key), 0) => Which::Key(key.to_owned()),
        (false, None, 1..) => Which::Uuids(uuids),
        _ => return Err(Failure::Usage("requeue takes one of --all, --key and --uuid".to_owned())),
    };
    let requeued = put_back(arguments.directory(), &which)?;
    let (events, left) = (count(requeued.events, "event"), count(requeued.left, "dead letter"));
    writeln!(io::stdout(), "{events} back in the journal; {left} not asked for")?;
    let is_whole = say_problems(&requeued);
    let is_missing = match which {
        Which::All | Which::Endpoint(_) => false,
        Which::Key(_) => requeued.events == 0,
        Which::Uuids(_) => requeued.events < asked,
    };
    if is_missing {
        complain(format_args!("not everything that was asked for is there"));
    }
    Ok(if is_whole && !is_missing { Ending::Well } else { Ending::Finding })
}

/// Says what could not be put back; answers whether there is nothing to say.
pub fn say_problems(requeued: &Requeued) -> bool {
    for fault in &requeued.unusable {
        let (path, at, what) = (fault.path.display(), fault.place.start, &fault.what);
        complain(format_args!("{path}: byte {at}: stays, for it can't be sent: {what}"));
    }
    for path in &requeued.busy {
        complain(format_args!("{}: left alone, for it is in use", path.display()));
    }
    requeued.unusable.is_empty() && requeued.busy.is_empty()
}
