//! TLS for the built-in HTTP client: rustls with ring, whom to trust, and as whom to come. What is wrong with a file of
//! certificates is said when the client is made, not when it is first used.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// Certificates are checked as the platform does.
pub(super) fn platform() -> TlsConfig {
    with(RootCerts::PlatformVerifier, None)
}

fn with(roots: RootCerts, identity: Option<ClientCert>) -> TlsConfig {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider())
        .root_certs(roots)
        .client_cert(identity)
        .build()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// TLS that trusts the authorities of a PEM text in place of the platform's, if one is given, and comes with a client
/// certificate, if one is given: PEM texts of the chain and of its key.
pub fn configured(authorities: Option<&str>, identity: Option<(&str, &str)>) -> Result<TlsConfig, TlsFault> {
    let roots = match authorities {
        None => RootCerts::PlatformVerifier,
        Some(pem) => {
            let certificates = certificates(pem).map_err(TlsFault::Authorities)?;
            let mut store = rustls::RootCertStore::empty();
            let ders = certificates.iter().map(|certificate| certificate.der().to_vec().into());
            if store.add_parsable_certificates(ders).0 == 0 {
                return Err(TlsFault::Authorities("it has no certificate that can be trusted"));
            }
            RootCerts::new_with_certs(&certificates)
        }
    };
    let identity = match identity {
        None => None,
        Some((chain, key)) => Some(client(chain, key)?),
    };
    Ok(with(roots, identity))
}

/// What can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The file of authorities.
    Authorities(&'static str),
    /// The client certificate.
    Certificate(&'static str),
    /// Its key.
    Key(&'static str),
}

fn certificates(pem: &str) -> Result<Vec<Certificate<'static>>, &'static str> {
    let mut found = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err("it is no PEM text"),
        }
    }
    if found.is_empty() { Err("it has no certificate in PEM form") } else { Ok(found) }
}

fn client(chain: &str, key: &str) -> Result<ClientCert, TlsFault> {
    let chain = certificates(chain).map_err(TlsFault::Certificate)?;
    let key = PrivateKey::from_pem(key.as_bytes())
        .map_err(|_| TlsFault::Key("it has no private key in PEM form, or one with a password"))?;
    // A key that does not fit would be found out at the first connection, and there it would be a panic.
    let ders = chain.iter().map(|certificate| certificate.der().to_vec().into()).collect();
    let der = rustls::pki_types::PrivateKeyDer::try_from(key.der().to_vec())
        .map_err(|_| TlsFault::Key("it has no private key that is known"))?;
    match rustls::sign::CertifiedKey::from_der(ders, der, &provider()) {
        Ok(_) => Ok(ClientCert::new_with_certs(&chain, key)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(TlsFault::Key("it belongs to another certificate")),
        Err(rustls::Error::InvalidCertificate(_)) => Err(TlsFault::Certificate("it is damaged")),
        Err(_) => Err(TlsFault::Key("it is of a kind that is not known")),
    }
}
