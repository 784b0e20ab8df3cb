//! What a client uses where the host brings nothing: the HTTP client and what stands for it in a build without one.

use std::sync::Arc;

#[cfg(feature = "http")]
use super::network_options::NetworkOptions;
use super::options::ClientOptions;
use crate::cmab::{Ask, Predictor};
use crate::delivery::Drive;
use crate::error::Result;
use crate::platform::{Log, milliseconds};
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
pub(super) fn built_in_predictor(options: &ClientOptions) -> Result<Box<dyn Predictor>> {
    use crate::cmab::HttpPredictor;
    use crate::transport::{HttpTransport, Timeouts};

    /// Asks on the thread that decides.
    struct OnOwnThread(HttpPredictor);

    impl Predictor for OnOwnThread {
        fn predict(&self, user_id: &str, ask: &Ask) -> std::result::Result<Box<str>, String> {
            self.0.predict(user_id, ask)
        }
    }

    let timeout = milliseconds(options.cmab_timeout_ms);
    let is_host_driven = options.is_host_driven || options.is_pulled;
    let mut settings = http_settings(options, Timeouts { connect: timeout, total: timeout })?;
    settings.idle = if is_host_driven { 1 } else { crate::cmab::AT_ONCE };
    let predictor = HttpPredictor::new(Box::new(HttpTransport::new(settings)), &options.cmab_endpoint);
    Ok(if is_host_driven { Box::new(OnOwnThread(predictor)) } else { Box::new(predictor) })
}

#[cfg(not(feature = "http"))]
#[expect(clippy::unnecessary_wraps, reason = "a build with HTTP may find the options unusable")]
pub(super) fn built_in_predictor(_options: &ClientOptions) -> Result<Box<dyn Predictor>> {
    /// Predicts nothing, for there is nobody to ask.
    struct NoPredictor;

    impl Predictor for NoPredictor {
        fn predict(&self, _user_id: &str, _ask: &Ask) -> std::result::Result<Box<str>, String> {
            Err("this build has no HTTP client; give it a predictor".to_owned())
        }
    }

    Ok(Box::new(NoPredictor))
}

/// How the library names itself to servers.
pub(super) const USER_AGENT: &str = concat!("libopttrack/", env!("CARGO_PKG_VERSION"));

/// Who drives the delivery, and how requests are made.
pub(super) fn built_in_drive(options: &ClientOptions) -> Result<Drive> {
    if options.is_pulled {
        return Ok(Drive::Pulled(milliseconds(options.request_timeout_ms)));
    }
    let transport = built_in_transport(options)?;
    Ok(if options.is_host_driven { Drive::Host(transport) } else { Drive::Thread(transport) })
}

#[cfg(feature = "http")]
fn built_in_transport(options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::transport::{HttpTransport, Timeouts};

    let timeouts = Timeouts {
        connect: milliseconds(options.connect_timeout_ms),
        total: milliseconds(options.request_timeout_ms),
    };
    Ok(Arc::new(HttpTransport::new(http_settings(options, timeouts)?)))
}

/// How the HTTP client goes to the network.
#[cfg(feature = "http")]
fn http_settings(
    options: &ClientOptions,
    timeouts: crate::transport::Timeouts,
) -> Result<crate::transport::HttpSettings> {
    use crate::error::{Error, Status};
    use crate::transport::{self, HttpSettings};

    let network = &options.network;
    let mut settings = HttpSettings::new(timeouts, USER_AGENT);
    settings.headers =
        network.headers.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    if let Some(url) = &network.proxy {
        settings.proxy = Some(transport::proxy(url).ok_or_else(|| {
            let what = "options: proxy: is no http://host:port, with user:password@ before the host if it wants them";
            Error::new(Status::InvalidArgument, what).at("proxy")
        })?);
    }
    if network.ca_file.is_some() || network.client_certificate.is_some() {
        use_certificates(network, &mut settings)?;
    }
    Ok(settings)
}

#[cfg(feature = "tls")]
fn use_certificates(network: &NetworkOptions, settings: &mut crate::transport::HttpSettings) -> Result<()> {
    use super::network_options::{read, unusable};
    use crate::transport::{TlsFault, configured_tls};

    const CERTIFICATE: &str = "client_certificate";
    let authorities = network.ca_file.as_deref().map(|path| read("ca_file", path)).transpose()?;
    let identity = match &network.client_certificate {
        Some((chain, key)) => Some((read(CERTIFICATE, chain)?, read(CERTIFICATE, key)?)),
        None => None,
    };
    let identity_texts = identity.as_ref().map(|(chain, key)| (chain.as_str(), key.as_str()));
    settings.tls = configured_tls(authorities.as_deref(), identity_texts).map_err(|fault| {
        let empty = std::path::Path::new("");
        let (chain, key) = network
            .client_certificate
            .as_ref()
            .map_or((empty, empty), |(chain, key)| (chain.as_path(), key.as_path()));
        match fault {
            TlsFault::Authorities(why) => {
                unusable("ca_file", network.ca_file.as_deref().unwrap_or(empty), why)
            }
            TlsFault::Certificate(why) => unusable(CERTIFICATE, chain, why),
            TlsFault::Key(why) => unusable(CERTIFICATE, key, why),
        }
    })?;
    Ok(())
}

#[cfg(all(feature = "http", not(feature = "tls")))]
fn use_certificates(_network: &NetworkOptions, _settings: &mut crate::transport::HttpSettings) -> Result<()> {
    use crate::error::{Error, Status};

    Err(Error::new(Status::NotSupported, "this build has no TLS, and so no use for certificates")
        .at("ca_file"))
}

#[cfg(not(feature = "http"))]
fn built_in_transport(_options: &ClientOptions) -> Result<Arc<dyn Transport>> {
    use crate::error::{Error, Status};

    let what = "this build has no HTTP client; make the requests yourself by pulled_transport";
    Err(Error::new(Status::NotSupported, what).at("pulled_transport"))
}
