//! What a client uses where the host brings nothing: the HTTP client and what stands for it in a build without one.

use std::sync::Arc;
use std::time::Duration;

use super::options::ClientOptions;
use crate::cmab::{Ask, Predictor};
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

#[cfg(feature = "http")]
pub(super) fn built_in_predictor(endpoint: &str, timeout: Duration) -> Box<dyn Predictor> {
    use crate::cmab::HttpPredictor;
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts { connect: timeout, total: timeout };
    Box::new(HttpPredictor::new(
        Box::new(HttpTransport::with_idle(timeouts, USER_AGENT, crate::cmab::AT_ONCE)),
        endpoint,
    ))
}

#[cfg(not(feature = "http"))]
pub(super) fn built_in_predictor(_endpoint: &str, _timeout: Duration) -> Box<dyn Predictor> {
    /// Predicts nothing, for there is nobody to ask.
    struct NoPredictor;

    impl Predictor for NoPredictor {
        fn predict(&self, _user_id: &str, _ask: &Ask) -> std::result::Result<Box<str>, String> {
            Err("this build has no HTTP client; give it a predictor".to_owned())
        }
    }

    Box::new(NoPredictor)
}

/// How the built-in HTTP client names itself.
#[cfg(feature = "http")]
const USER_AGENT: &str = concat!("libopttrack/", env!("CARGO_PKG_VERSION"));

#[cfg(feature = "http")]
#[expect(clippy::unnecessary_wraps, reason = "a build without HTTP has no transport to give")]
pub(super) fn built_in_transport(options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts {
        connect: Duration::from_millis(u64::from(options.connect_timeout_ms)),
        total: Duration::from_millis(u64::from(options.request_timeout_ms)),
    };
    Ok(Arc::new(HttpTransport::new(timeouts, USER_AGENT)))
}

#[cfg(not(feature = "http"))]
pub(super) fn built_in_transport(_options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::error::{Error, Status};

    Err(Error::new(Status::NotSupported, "this build has no HTTP client"))
}
