//! The built-in HTTP client: ureq over keep-alive, every time-out set, no redirect followed, no proxy taken from the
//! environment, and no thread for look-ups.

use std::io::{self, Read};
use std::net::ToSocketAddrs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use ureq::Agent;
use ureq::Body;
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, NextTimeout};

use super::connection::OwnConnector;
use super::fetch::{Answer, Fetch, Fetched, Method};
use super::retry_after;
use super::trouble::{self, Trouble};
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

/// How the client goes to the network.
#[derive(Clone)]
pub struct HttpSettings {
    /// Time-outs.
    pub timeouts: Timeouts,
    /// Header User-Agent.
    pub user_agent: &'static str,
    /// Connections that are kept a host, for those who post at once: one is enough for one thread. A post that finds none
    /// opens another.
    pub idle: usize,
    /// Headers that every request has, unless a redirect has led it to another host.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// The proxy, if one is to be used.
    pub proxy: Option<ureq::Proxy>,
    /// Whom to trust, and as whom to come.
    #[cfg(feature = "tls")]
    pub tls: ureq::tls::TlsConfig,
}

impl HttpSettings {
    /// Those of a client that was told nothing.
    #[must_use]
    pub fn new(timeouts: Timeouts, user_agent: &'static str) -> Self {
        Self {
            timeouts,
            user_agent,
            idle: 1,
            headers: Vec::new(),
            proxy: None,
            #[cfg(feature = "tls")]
            tls: super::tls::platform(),
        }
    }
}

/// The proxy of a URL with a host and a port; no other kind than HTTP.
#[must_use]
pub fn proxy(url: &str) -> Option<ureq::Proxy> {
    let proxy = ureq::Proxy::new(url).ok()?;
    let is_http = url.starts_with("http://") && proxy.protocol() == ureq::ProxyProtocol::Http;
    (is_http && !proxy.host().is_empty()).then_some(proxy)
}

/// Posts over HTTP and HTTPS.
pub struct HttpTransport {
    config: Config,
    headers: Vec<(Box<str>, Box<str>)>,
    /// A child of a fork has connections of its own.
    agent: PerProcess<Agent>,
    /// The last request was answered, so that its connection may be kept.
    has_answered: AtomicBool,
}

fn agent(config: &Config) -> Agent {
    Agent::with_parts(config.clone(), connector(), OwnThreadResolver)
}

/// Connections whose descriptors are proved to be ours, through the proxy if there is one, and TLS over them where that is
/// built in.
fn connector() -> impl Connector {
    let plain = ().chain(ConnectProxyConnector::default()).chain(OwnConnector);
    #[cfg(feature = "tls")]
    return plain.chain(ureq::unversioned::transport::RustlsConnector::default());
    #[cfg(not(feature = "tls"))]
    plain
}

impl HttpTransport {
    /// A transport without connections yet.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self::over(connector(), settings)
    }

    /// The same over connections of another kind.
    #[must_use]
    pub fn over(connector: impl Connector, settings: HttpSettings) -> Self {
        let HttpSettings { timeouts, idle, .. } = settings;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(settings.proxy)
            .user_agent(settings.user_agent)
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
        let config = config.tls_config(settings.tls);
        let config = config.build();
        let agent = Agent::with_parts(config.clone(), connector, OwnThreadResolver);
        let headers = settings.headers;
        Self { agent: PerProcess::new(agent), config, headers, has_answered: AtomicBool::new(false) }
    }

    /// Longest time for a request that is to end by a deadline.
    fn total(&self, deadline: Option<Instant>) -> Option<Duration> {
        let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.config.timeouts().global.into_iter().chain(rest).min()
    }

    fn send<'h>(
        &'h self,
        method: Method,
        url: &str,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
        body: &[u8],
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, ureq::Error> {
        have_memory()?;
        let agent = self.agent.get(|| agent(&self.config));
        let total = self.total(deadline);
        let common = [("Content-Type", "application/json"), ("Accept", "application/json")];
        let mut headers = common.into_iter().chain(headers);
        match method {
            Method::Get => {
                let get = agent.get(url).config().timeout_global(total).build();
                headers.fold(get, |get, (name, value)| get.header(name, value)).call()
            }
            Method::Post => {
                let post = agent.post(url).config().timeout_global(total).build();
                headers.by_ref().fold(post, |post, (name, value)| post.header(name, value)).send(body)
            }
        }
    }

    fn own_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (&**name, &**value))
    }

    fn post_once(&self, request: &Request<'_>) -> Outcome {
        let headers = self.own_headers().chain(request.headers.iter().copied());
        let sent = self.send(Method::Post, request.url, headers, request.body, request.deadline);
        let mut response = match sent.map_err(|error| trouble::of(&error)) {
            Ok(response) => response,
            Err(Trouble::Passing(why)) => return Outcome::Failed(why),
            Err(Trouble::Cut(why)) => return Outcome::Cut(why),
            Err(Trouble::Barred(why)) => return Outcome::Barred(why),
        };
        let status = response.status().as_u16();
        let retry_after = asked_rest(&response);
        let mut text = Vec::new();
        let read = response.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut text);
        // What breaks off is no word of success; of a refusal the status is enough.
        if let (Err(error), 200..=299) = (read, status) {
            return Outcome::Cut(format!("its answer {status} broke off: {error}"));
        }
        Outcome::Answered { status, retry_after, text: in_words(text) }
    }

    fn fetch_once(&self, fetch: &Fetch, deadline: Option<Instant>) -> Result<Answer, Trouble> {
        let own = self.own_headers().filter(|_| !fetch.is_led_away);
        let headers = own.chain(fetch.headers.iter().map(|(name, value)| (*name, &**value)));
        let mut response = self
            .send(fetch.method, &fetch.url, headers, &fetch.body, deadline)
            .map_err(|error| trouble::of(&error))?;
        let mut body = Vec::new();
        let most = u64::try_from(fetch.most).unwrap_or(u64::MAX);
        let read = response.body_mut().as_reader().take(most.saturating_add(1)).read_to_end(&mut body);
        if let Err(error) = read {
            return Err(Trouble::Cut(format!("its answer broke off: {error}")));
        }
        // Over TLS whoever is on the way can end a connection: what says no length may have been cut.
        let is_measured =
            ["content-length", "transfer-encoding"].iter().any(|name| header(&response, name).is_some());
        if !is_measured && !body.is_empty() && fetch.url.starts_with("https://") {
            return Err(Trouble::Passing(
                "its answer says no length, so that it may have been cut".to_owned(),
            ));
        }
        if body.len() > fetch.most {
            return Err(Trouble::Passing(format!("its answer is larger than {most} bytes")));
        }
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: asked_rest(&response),
            etag: header(&response, "etag").map(Box::from),
            last_modified: header(&response, "last-modified").map(Box::from),
            location: header(&response, "location").map(Box::from),
            body,
        })
    }

    /// May the connection that a request broke on have been one that the peer had closed already?
    fn was_idle(&self, has_answered: bool) -> bool {
        self.has_answered.swap(has_answered, Ordering::Relaxed)
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

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// How long an answer asks that its peer be left alone.
fn asked_rest(response: &Response<Body>) -> Option<Duration> {
    retry_after::parse(header(response, "retry-after")?, header(response, "date"), since_1970())
}

impl Transport for HttpTransport {
    fn post(&self, request: &Request<'_>) -> Outcome {
        let outcome = self.post_once(request);
        // A peer may close an idle connection in the moment in which it is used again; on a new one that can't be.
        let was_idle = self.was_idle(matches!(outcome, Outcome::Answered { .. }));
        if was_idle && matches!(outcome, Outcome::Cut(_)) { self.post_once(request) } else { outcome }
    }

    fn fetch(&self, fetch: &Fetch, deadline: Option<Instant>) -> Fetched {
        let mut result = self.fetch_once(fetch, deadline);
        if self.was_idle(result.is_ok()) && matches!(result, Err(Trouble::Cut(_))) {
            result = self.fetch_once(fetch, deadline);
        }
        match result {
            Ok(answer) => Fetched::Answered(answer),
            Err(Trouble::Passing(why) | Trouble::Cut(why) | Trouble::Barred(why)) => Fetched::Failed(why),
        }
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
