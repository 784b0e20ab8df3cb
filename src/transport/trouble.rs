//! What a request that got no answer failed of, in a user's terms: may it pass, has the connection broken, or must a
//! person mend it?

use std::io;
use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It may pass.
    Passing(String),
    /// The connection broke after it was made.
    Cut(String),
    /// The peer can't be trusted, or does not let us in.
    Barred(String),
}

/// What an error of the HTTP client is.
pub(super) fn of(error: &ureq::Error) -> Trouble {
    if let Some(why) = distrust(error) {
        return Trouble::Barred(why);
    }
    match error {
        // A proxy that wants other credentials goes on wanting them.
        ureq::Error::ConnectProxyFailed(why) if why.contains("407") || why.contains("401") => {
            Trouble::Barred(format!("the proxy refuses its user name or password: {why}"))
        }
        ureq::Error::ConnectProxyFailed(why) => Trouble::Passing(format!("no way through the proxy: {why}")),
        ureq::Error::Io(cause) if is_cut(cause) => Trouble::Cut(error.to_string()),
        _ => Trouble::Passing(error.to_string()),
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

#[cfg(feature = "tls")]
fn distrust(error: &ureq::Error) -> Option<String> {
    let tls = match error {
        ureq::Error::Rustls(tls) => tls,
        ureq::Error::Io(cause) => cause.get_ref()?.downcast_ref()?,
        ureq::Error::Tls(what) => return Some(format!("TLS can't begin: {what}")),
        _ => return None,
    };
    Some(words(tls))
}

#[cfg(not(feature = "tls"))]
fn distrust(_: &ureq::Error) -> Option<String> {
    None
}

/// An error of TLS, with what to look at.
#[cfg(feature = "tls")]
fn words(error: &rustls::Error) -> String {
    use rustls::{AlertDescription as Alert, CertificateError as Fault, Error};

    let what = match error {
        Error::InvalidCertificate(Fault::Expired | Fault::ExpiredContext { .. }) => {
            "the server's certificate has expired, or this machine's clock is wrong"
        }
        Error::InvalidCertificate(Fault::NotValidYet | Fault::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet, or this machine's clock is wrong"
        }
        Error::InvalidCertificate(Fault::NotValidForName | Fault::NotValidForNameContext { .. }) => {
            "the server's certificate is for another host"
        }
        Error::InvalidCertificate(Fault::UnknownIssuer) => {
            "the server's certificate was issued by nobody whom this machine trusts: the CA is unknown, or the server \
             leaves an intermediate certificate out"
        }
        Error::InvalidCertificate(Fault::Revoked) => "the server's certificate was revoked",
        Error::InvalidCertificate(_) => "the server's certificate can't be verified",
        Error::PeerIncompatible(_) | Error::AlertReceived(Alert::ProtocolVersion) => {
            "the server speaks no version of TLS that is safe: 1.2 and 1.3 are"
        }
        Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::AccessDenied,
        ) => "the server wants a client certificate, or refuses the one that it was given",
        Error::InvalidMessage(_) => "the server answers something else than TLS",
        _ => "TLS failed",
    };
    format!("{what} ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_refuses_credentials_is_for_a_person_to_mend() {
        for status in ["407/407", "401/401"] {
            let refused = ureq::Error::ConnectProxyFailed(format!("proxy server responded {status}"));
            assert!(matches!(of(&refused), Trouble::Barred(why) if why.contains("user name or password")));
        }
        let busy = ureq::Error::ConnectProxyFailed("proxy server responded 502/502".to_owned());
        assert!(matches!(of(&busy), Trouble::Passing(why) if why.contains("502")));
    }

    #[test]
    fn a_connection_that_breaks_is_no_refusal() {
        let cut = ureq::Error::Io(ConnectionReset.into());
        assert!(matches!(of(&cut), Trouble::Cut(_)));
        assert!(matches!(of(&ureq::Error::HostNotFound), Trouble::Passing(_)));
    }

    #[cfg(feature = "tls")]
    #[test]
    fn what_is_wrong_with_a_certificate_is_said() {
        use rustls::{CertificateError as Fault, Error};

        for (fault, said) in [
            (Fault::Expired, "expired"),
            (Fault::NotValidYet, "not valid yet"),
            (Fault::NotValidForName, "another host"),
            (Fault::UnknownIssuer, "nobody whom this machine trusts"),
            (Fault::Revoked, "revoked"),
        ] {
            let inside = io::Error::new(io::ErrorKind::InvalidData, Error::InvalidCertificate(fault));
            assert!(
                matches!(of(&ureq::Error::Io(inside)), Trouble::Barred(why) if why.contains(said)),
                "{said}"
            );
        }
    }
}
