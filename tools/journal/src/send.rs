//! `send` and `drain`: what waits, delivered.

use std::io::{self, Write};
use std::time::Duration;

use opttrack::client::journal_tools::{SendOptions, Sent, send as deliver, survey};

use crate::arguments::Arguments;
use crate::put_back::say_problems;
use crate::report::count;
use crate::{Ending, Failure, Outcome, complain};

const TIMEOUT: Duration = Duration::from_secs(300);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers what waits for one endpoint.
pub fn send(arguments: &Arguments) -> Outcome {
    if let Some(endpoint) = arguments.text("--endpoint")? {
        return send_all(arguments, &[endpoint.to_owned()]);
    }
    let endpoints = endpoints(arguments)?;
    if endpoints.len() > 1 {
        let endpoints = endpoints.join(", ");
        let what = format!(
            "events wait for several endpoints ({endpoints}): say which with --endpoint, or use drain"
        );
        return Err(Failure::Usage(what));
    }
    send_all(arguments, &endpoints)
}

/// Delivers what waits for any endpoint.
pub fn drain(arguments: &Arguments) -> Outcome {
    let endpoints = endpoints(arguments)?;
    send_all(arguments, &endpoints)
}

fn endpoints(arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let survey = survey(arguments.directory())?;
    Ok(survey.endpoints(arguments.has("--dead-letters")).into_iter().map(str::to_owned).collect())
}

fn send_all(arguments: &Arguments, endpoints: &[String]) -> Outcome {
    let request_timeout = arguments.seconds("--request-timeout", REQUEST_TIMEOUT)?.unwrap_or(REQUEST_TIMEOUT);
    let request_timeout_ms =
        u32::try_from(request_timeout.as_millis()).ok().filter(|ms| (1..=600_000).contains(ms));
    let what = "--request-timeout: 0.001 to 600 seconds are taken";
    let request_timeout_ms = request_timeout_ms.ok_or_else(|| Failure::Usage(what.to_owned()))?;
    let mut is_well = true;
    for endpoint in endpoints {
        let options = SendOptions {
            endpoint: endpoint.clone(),
            timeout: arguments.seconds("--timeout", TIMEOUT)?,
            request_timeout_ms,
            has_dead_letters: arguments.has("--dead-letters"),
        };
        let sent = deliver(arguments.directory(), &options)?;
        is_well &= print(endpoint, &sent)?;
    }
    if endpoints.is_empty() {
        writeln!(io::stdout(), "nothing waits")?;
    }
    let survey = survey(arguments.directory())?;
    let unreadable = survey.unreadable() as u64;
    if unreadable > 0 {
        let segments = count(unreadable, "segment");
        complain(format_args!("{segments} of another version, or that can't be read, left alone"));
        is_well = false;
    }
    Ok(if is_well { Ending::Well } else { Ending::Finding })
}

/// Prints the books of an endpoint; answers whether all is well.
fn print(endpoint: &str, sent: &Sent) -> Result<bool, Failure> {
    let Sent { books, delivery, requeued, left } = sent;
    let mut out = io::stdout().lock();
    writeln!(out, "{endpoint}")?;
    if requeued.events > 0 {
        writeln!(out, "  {} put back first", count(requeued.events, "dead letter"))?;
    }
    let (recovered, delivered, pending) = (books.recovered, books.delivered, books.pending);
    let (dead, dropped) = (books.dead_lettered, books.dropped.total());
    writeln!(
        out,
        "  {recovered} taken over = {delivered} delivered + {pending} waiting + {dead} dead letters + {dropped} dropped"
    )?;
    let (posts, retries, status) = (delivery.posts, delivery.retries, delivery.last_http_status);
    if posts > 0 {
        let status = if status == 0 {
            "no answer to the last".to_owned()
        } else {
            format!("the last answered {status}")
        };
        writeln!(out, "  {}, {} again, {status}", count(posts, "request"), retries)?;
    }
    writeln!(out, "  {left} left")?;
    let is_whole = say_problems(requeued);
    Ok(is_whole && *left == 0 && dead == 0 && dropped == 0)
}
