//! What a client uses where the host brings nothing: the HTTP client and what stands for it in a build without one.

use std::sync::Arc;
use std::time::Duration;

use super::options::ClientOptions;
use crate::cmab::{Ask, Predictor};
use crate::delivery::Drive;
use crate::error::Result;
use crate::platform::Log;
use crate::transport::Transport;

/// Remembers while the host predicts that the thread is inside a callback, as every callback does.
pub(super) struct CallingOut {
    pub(super) predictor: Box<dyn Predictor>,
    pub(super) log: Arc<Log>,
}

impl Predictor for CallingOut {
    fn predict(&self, user_id: &str, ask: &Ask) -> std::result::Result<Box<str>, String> {
        self.log.calling_out(|| self.predictor.predict(user_id, ask))
    }
}

/// Who is asked for predictions. A host that drives a client wants no threads, so there one is asked after the other.
#[cfg(feature = "http")]
pub(super) fn built_in_predictor(
    endpoint: &str,
    timeout: Duration,
    is_host_driven: bool,
) -> Box<dyn Predictor> {
    use crate::cmab::HttpPredictor;
    use crate::transport::{HttpTransport, Timeouts};

    /// Asks on the thread that decides.
    struct OnOwnThread(HttpPredictor);

    impl Predictor for OnOwnThread {
        fn predict(&self, user_id: &str, ask: &Ask) -> std::result::Result<Box<str>, String> {
            self.0.predict(user_id, ask)
        }
    }

    let timeouts = Timeouts { connect: timeout, total: timeout };
    let idle = if is_host_driven { 1 } else { crate::cmab::AT_ONCE };
    let transport = HttpTransport::with_idle(timeouts, USER_AGENT, idle);
    let predictor = HttpPredictor::new(Box::new(transport), endpoint);
    if is_host_driven { Box::new(OnOwnThread(predictor)) } else { Box::new(predictor) }
}

#[cfg(not(feature = "http"))]
pub(super) fn built_in_predictor(
    _endpoint: &str,
    _timeout: Duration,
    _is_host_driven: bool,
) -> Box<dyn Predictor> {
    /// Predicts nothing, for there is nobody to ask.
    struct NoPredictor;

    impl Predictor for NoPredictor {
        fn predict(&self, _user_id: &str, _ask: &Ask) -> std::result::Result<Box<str>, String> {
            Err("this build has no HTTP client; give it a predictor".to_owned())
        }
    }

    Box::new(NoPredictor)
}

/// How the library names itself to servers.
pub(super) const USER_AGENT: &str = concat!("libopttrack/", env!("CARGO_PKG_VERSION"));

/// Who drives the delivery, and how requests are made.
pub(super) fn built_in_drive(options: &ClientOptions) -> Result<Drive> {
    if options.is_pulled {
        return Ok(Drive::Pulled(Duration::from_millis(u64::from(options.request_timeout_ms))));
    }
    let transport = built_in_transport(options)?;
    Ok(if options.is_host_driven { Drive::Host(transport) } else { Drive::Thread(transport) })
}

#[cfg(feature = "http")]
#[expect(clippy::unnecessary_wraps, reason = "a build without HTTP has no transport to give")]
fn built_in_transport(options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts {
        connect: Duration::from_millis(u64::from(options.connect_timeout_ms)),
        total: Duration::from_millis(u64::from(options.request_timeout_ms)),
    };
    Ok(Arc::new(HttpTransport::new(timeouts, USER_AGENT)))
}

#[cfg(not(feature = "http"))]
fn built_in_transport(_options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::error::{Error, Status};

    let what = "this build has no HTTP client; make the requests yourself by pulled_transport";
    Err(Error::new(Status::NotSupported, what).at("pulled_transport"))
}
