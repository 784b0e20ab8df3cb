//! When a datafile is asked for, how, and what an answer means: a state machine that is told the time and never waits.
//! Rule: SPEC, section 8.

use std::time::Duration;

use super::location::{self, Source};
use crate::transport::{Answer, Fetch, Fetched, Method};

#[cfg(test)]
mod tests;

/// Redirects that are followed for one datafile.
const MOST_REDIRECTS: u32 = 5;

/// Bytes of a datafile.
const LARGEST: usize = 64 * 1024 * 1024;

/// First delay after an attempt that failed; the next ones double, up to the interval.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Longest delay after an attempt that failed where there is no interval.
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// Asks for datafiles.
pub struct Poller {
    source: Source,
    /// Time between two attempts; none: until the first success.
    interval: Option<Duration>,
    /// What the datafile in force came with.
    validators: Validators,
    /// None while a request is on its way.
    due: Option<Duration>,
    /// The request on its way, or the one to which a redirect leads.
    away: Option<Away>,
    /// Attempts that failed since the last success.
    failures: u32,
    is_suspended: bool,
    /// The next attempt is to follow the one that is on its way.
    is_hurried: bool,
}

/// A request.
struct Away {
    url: Box<str>,
    redirects: u32,
    is_led_away: bool,
    has_validators: bool,
}

/// By which a server knows a datafile again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    etag: Option<Box<str>>,
    last_modified: Option<Box<str>>,
}

/// What an attempt came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Polled {
    /// A datafile. Whoever takes it says so by `accepted`, whoever refuses it by `failed`.
    Datafile(String, Validators),
    /// The one that is there is the newest.
    Unchanged,
    /// Another host is to be asked at once.
    Redirected,
    /// None came.
    Failed(String),
}

impl Poller {
    /// One that asks at once, and then every interval.
    #[must_use]
    pub fn new(source: Source, interval: Option<Duration>) -> Self {
        Self {
            source,
            interval,
            validators: Validators::default(),
            due: Some(Duration::ZERO),
            away: None,
            failures: 0,
            is_suspended: false,
            is_hurried: false,
        }
    }

    /// Where it asks.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// When the next request is due; none while one is on its way.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.due.filter(|_| !self.is_suspended)
    }

    /// Asks as soon as it can; is an attempt on its way that has to come to its end before?
    pub fn hurry(&mut self) -> bool {
        self.is_hurried = self.away.is_some();
        if !self.is_hurried {
            self.due = Some(Duration::ZERO);
        }
        self.is_hurried
    }

    /// Stops asking, until it is resumed.
    pub fn suspend(&mut self) {
        self.is_suspended = true;
    }

    /// Asks again; what has become due meanwhile is due once.
    pub fn resume(&mut self) {
        self.is_suspended = false;
    }

    /// The request that is due.
    pub fn begin(&mut self, now: Duration) -> Option<Fetch> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        self.due = None;
        let away = self.away.take().unwrap_or_else(|| Away {
            url: self.source.url.clone(),
            redirects: 0,
            is_led_away: false,
            has_validators: self.validators != Validators::default(),
        });
        let mut headers = Vec::new();
        let Validators { etag, last_modified } = &self.validators;
        headers.extend(etag.clone().map(|etag| ("If-None-Match", etag)));
        headers.extend(last_modified.clone().map(|date| ("If-Modified-Since", date)));
        if let Some(token) = self.source.token.as_ref().filter(|_| !away.is_led_away) {
            headers.push(("Authorization", format!("Bearer {token}").into()));
        }
        let fetch = Fetch {
            method: Method::Get,
            url: away.url.clone(),
            headers,
            body: Vec::new(),
            most: LARGEST,
            is_led_away: away.is_led_away,
        };
        self.away = Some(away);
        Some(fetch)
    }

    /// Takes in what came of the request. `random` is uniform over all u64.
    pub fn complete(&mut self, fetched: Fetched, now: Duration, random: u64) -> Polled {
        let Some(away) = self.away.take() else { return Polled::Failed("nothing was asked".to_owned()) };
        let answer = match fetched {
            Fetched::Failed(why) => return self.fail(&format!("gave no answer ({why})"), None, now, random),
            Fetched::Answered(answer) => answer,
        };
        let retry_after = answer.retry_after;
        match self.read(answer, &away) {
            Polled::Failed(why) => self.fail(&why, retry_after, now, random),
            Polled::Redirected => {
                self.due = Some(now);
                Polled::Redirected
            }
            Polled::Unchanged => {
                self.succeeded(now, random);
                Polled::Unchanged
            }
            datafile @ Polled::Datafile(..) => datafile,
        }
    }

    /// The datafile that came is in force.
    pub fn accepted(&mut self, validators: Validators, now: Duration, random: u64) {
        self.validators = validators;
        self.succeeded(now, random);
    }

    /// The datafile that came can't be used: it is asked for again as if nothing had come.
    pub fn refused(&mut self, now: Duration, random: u64) {
        self.retry(None, now, random);
    }

    /// Another datafile is in force than the one that came last, so the server must not say that nothing has changed.
    pub fn forget(&mut self) {
        self.validators = Validators::default();
    }

    fn read(&mut self, answer: Answer, away: &Away) -> Polled {
        match answer.status {
            200 => match String::from_utf8(answer.body) {
                Ok(text) => {
                    let (etag, last_modified) = (answer.etag, answer.last_modified);
                    Polled::Datafile(text, Validators { etag, last_modified })
                }
                Err(_) => {
                    Polled::Failed("answered what is no text (compressed, or no datafile at all)".to_owned())
                }
            },
            304 if away.has_validators => Polled::Unchanged,
            304 => Polled::Failed("answered 304, though it was told of no datafile that is there".to_owned()),
            301 | 302 | 303 | 307 | 308 => self.redirect(answer.location.as_deref(), away),
            status @ (401 | 403) => {
                let what = if self.source.token.is_some() {
                    "the SDK key and the access token"
                } else {
                    "the SDK key"
                };
                Polled::Failed(format!("answered {status}: check {what}"))
            }
            404 => Polled::Failed("answered 404: check the SDK key".to_owned()),
            status => Polled::Failed(format!("answered {status}")),
        }
    }

    fn redirect(&mut self, location: Option<&str>, away: &Away) -> Polled {
        let Some(location) = location else {
            return Polled::Failed("answered with a redirect to nowhere".to_owned());
        };
        if away.redirects == MOST_REDIRECTS {
            return Polled::Failed(format!("answered with more than {MOST_REDIRECTS} redirects"));
        }
        match location::resolve(&away.url, location) {
            Err(why) => Polled::Failed(format!("answered with a redirect that is not followed: {why}")),
            Ok(url) => {
                let is_led_away = away.is_led_away || !location::is_same_host(&self.source.url, &url);
                let url = url.into();
                let Away { redirects, has_validators, .. } = *away;
                self.away = Some(Away { url, redirects: redirects + 1, is_led_away, has_validators });
                Polled::Redirected
            }
        }
    }

    fn fail(&mut self, why: &str, retry_after: Option<Duration>, now: Duration, random: u64) -> Polled {
        self.retry(retry_after, now, random);
        Polled::Failed(self.source.hide(why))
    }

    fn succeeded(&mut self, now: Duration, random: u64) {
        self.failures = 0;
        // Nine to eleven tenths of it, lest the clients of a fleet ask all at once.
        self.due = self.interval.map(|interval| now + interval * 9 / 10 + part(interval / 5, random));
        self.obey(now);
    }

    /// Waits a random part of a delay that doubles, the upper half of it, or as long as the server says.
    fn retry(&mut self, retry_after: Option<Duration>, now: Duration, random: u64) {
        let longest = self.interval.unwrap_or(LONGEST_RETRY).max(FIRST_RETRY);
        let delay = FIRST_RETRY.saturating_mul(1 << self.failures.min(20)).min(longest);
        self.failures = self.failures.saturating_add(1);
        self.due = Some(now + retry_after.unwrap_or_else(|| delay / 2 + part(delay / 2, random)));
        self.obey(now);
    }

    /// Lets the attempt follow at once that somebody wants.
    fn obey(&mut self, now: Duration) {
        if std::mem::take(&mut self.is_hurried) {
            self.due = Some(now);
        }
    }
}

/// A random part of a duration.
fn part(whole: Duration, random: u64) -> Duration {
    Duration::from_nanos(((u128::from(random) * whole.as_nanos()) >> 64) as u64)
}
