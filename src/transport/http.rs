//! The built-in HTTP client: ureq over keep-alive, every time-out set, no redirect followed, no proxy taken from the
//! environment, and no thread for look-ups.

use std::io::{self, Read};
use std::net::ToSocketAddrs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, NextTimeout};

use super::connection::OwnConnector;
use super::retry_after;
use super::{Outcome, Request, Transport};
use crate::platform::fork::PerProcess;

/// Bytes of an answer that are read; the Events API answers with none.
const MAX_ANSWER: u64 = 64 * 1024;

/// Buffers of a connection, which stay as long as it does. An answer's head has to fit the first; a body goes out by the
/// second, which is as much as one record of TLS holds. ureq's own two of 128 KiB each made most of an idle client's
/// memory, and a body goes out faster through one that stays in the cache.
const ANSWER_BUFFER: usize = 16 * 1024;
const BODY_BUFFER: usize = 16 * 1024;

/// Memory that a request takes below us at most: the buffers of a new connection, and TLS.
const NEEDED: usize = 128 * 1024;

/// Bytes that are shown of an answer which is no text.
const MOST_SHOWN: usize = 1024;

/// Addresses of a host that are tried.
const MAX_ADDRESSES: usize = 16;

/// Idle connections are kept this long; servers close them after a minute or more.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// Time-outs of a request.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Look-up, connecting and TLS.
    pub connect: Duration,
    /// The whole request.
    pub total: Duration,
}

/// Posts over HTTP and HTTPS.
pub struct HttpTransport {
    config: Config,
    /// A child of a fork has connections of its own.
    agent: PerProcess<Agent>,
    /// The last request was answered, so that its connection may be kept.
    has_answered: AtomicBool,
}

fn agent(config: &Config) -> Agent {
    Agent::with_parts(config.clone(), connector(), OwnThreadResolver)
}

/// Connections whose descriptors are proved to be ours, and TLS over them where that is built in.
fn connector() -> impl Connector {
    #[cfg(feature = "tls")]
    return OwnConnector.chain(ureq::unversioned::transport::RustlsConnector::default());
    #[cfg(not(feature = "tls"))]
    OwnConnector
}

impl HttpTransport {
    /// A transport without connections yet, which keeps one a host: enough for one thread.
    #[must_use]
    pub fn new(timeouts: Timeouts, user_agent: &str) -> Self {
        Self::with_idle(timeouts, user_agent, 1)
    }

    /// A transport without connections yet, which keeps up to `idle` of them a host for those who post at once. A post
    /// that finds none opens another.
    #[must_use]
    pub fn with_idle(timeouts: Timeouts, user_agent: &str, idle: usize) -> Self {
        Self::over(connector(), timeouts, user_agent, idle)
    }

    /// The same over connections of another kind.
    #[must_use]
    pub fn over(connector: impl Connector, timeouts: Timeouts, user_agent: &str, idle: usize) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(user_agent)
            .timeout_global(Some(timeouts.total))
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_send_request(Some(timeouts.total))
            .timeout_send_body(Some(timeouts.total))
            .timeout_recv_response(Some(timeouts.total))
            .timeout_recv_body(Some(timeouts.total))
            .max_idle_connections(2 * idle)
            .max_idle_connections_per_host(idle)
            .max_idle_age(MAX_IDLE)
            .input_buffer_size(ANSWER_BUFFER)
            .output_buffer_size(BODY_BUFFER);
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls());
        let config = config.build();
        let agent = Agent::with_parts(config.clone(), connector, OwnThreadResolver);
        Self { agent: PerProcess::new(agent), config, has_answered: AtomicBool::new(false) }
    }

    fn send(&self, request: &Request<'_>) -> Result<Outcome, ureq::Error> {
        have_memory()?;
        let agent = self.agent.get(|| agent(&self.config));
        let total = self.config.timeouts().global;
        let rest = request.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let total = total.into_iter().chain(rest).min();
        let post = agent.post(request.url).config().timeout_global(total).build();
        let post = post.header("Content-Type", "application/json").header("Accept", "application/json");
        let mut response = post.send(request.body)?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after =
            header("retry-after").and_then(|text| retry_after::parse(text, header("date"), since_1970()));
        let mut text = Vec::new();
        let read = response.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut text);
        // What breaks off is no word of success; of a refusal the status is enough.
        if let (Err(error), 200..=299) = (read, status) {
            return Ok(Outcome::Cut(format!("its answer {status} broke off: {error}")));
        }
        Ok(Outcome::Answered { status, retry_after, text: in_words(text) })
    }
}

/// Is there memory for a request? ureq and what is below it take theirs without asking, and end the process where there
/// is none; what is free again at once is there for them.
fn have_memory() -> io::Result<()> {
    let mut trial: Vec<u8> = Vec::new();
    trial.try_reserve_exact(NEEDED)?;
    // The compiler would leave out what nobody looks at.
    std::hint::black_box(&trial);
    Ok(())
}

/// An answer as text. Of one that is none its beginning is shown.
fn in_words(answer: Vec<u8>) -> String {
    String::from_utf8(answer).unwrap_or_else(|error| {
        let bytes = error.as_bytes();
        String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_SHOWN)]).into_owned()
    })
}

impl HttpTransport {
    fn try_once(&self, request: &Request<'_>) -> Outcome {
        self.send(request).unwrap_or_else(|error| {
            if is_cut(&error) { Outcome::Cut(error.to_string()) } else { Outcome::Failed(error.to_string()) }
        })
    }
}

/// Did the connection break after it was made?
fn is_cut(error: &ureq::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

    let kind = if let ureq::Error::Io(error) = error { Some(error.kind()) } else { None };
    matches!(kind, Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

impl Transport for HttpTransport {
    fn post(&self, request: &Request<'_>) -> Outcome {
        let outcome = self.try_once(request);
        // A peer may close an idle connection in the moment in which it is used again; on a new one that can't be.
        let was_idle = self.has_answered.swap(matches!(outcome, Outcome::Answered { .. }), Ordering::Relaxed);
        if was_idle && matches!(outcome, Outcome::Cut(_)) { self.try_once(request) } else { outcome }
    }

    fn shut_down(&self) {
        if let Some(agent) = self.agent.current() {
            agent.clone().shutdown();
        }
    }
}

fn since_1970() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(feature = "tls")]
fn tls() -> ureq::tls::TlsConfig {
    use std::sync::Arc;
    use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::PlatformVerifier)
        .build()
}

/// Looks names up on the thread that posts. The default starts a thread for each look-up with a time-out; here a
/// look-up that hangs holds its thread for as long as the system's resolver tries: the worker, which close leaves behind
/// at its deadline, or whoever waits for a prediction.
#[derive(Debug)]
struct OwnThreadResolver;

impl Resolver for OwnThreadResolver {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        let mut addresses: ResolvedSocketAddrs = ArrayVec::from_fn(|_| ([0, 0, 0, 0], 0).into());
        for address in (host, port).to_socket_addrs()?.take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
    }
}
