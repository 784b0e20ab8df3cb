//! Options of the built-in HTTP client: whom to trust, as whom to come, by which way.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result, Status, shown};

/// Headers that the client writes itself.
const OWN_HEADERS: [&str; 8] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];

/// How the built-in HTTP client goes to the network.
#[derive(Default)]
pub struct NetworkOptions {
    /// A file of certificates in PEM form that are trusted in place of the platform's.
    pub ca_file: Option<PathBuf>,
    /// Files in PEM form of a client certificate with its chain, and of its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// An HTTP proxy, as `http://user:password@host:port`.
    pub proxy: Option<String>,
    /// Headers that every request has.
    pub headers: Vec<(String, String)>,
}

impl NetworkOptions {
    /// What is wrong with them, with the option that it is wrong with.
    pub(super) fn faults(&self, is_pulled: bool) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let is_given = [
            ("ca_file", self.ca_file.is_some()),
            ("client_certificate", self.client_certificate.is_some()),
            ("proxy", self.proxy.is_some()),
            ("header", !self.headers.is_empty()),
        ];
        for (name, _) in is_given.into_iter().filter(|(_, is_given)| *is_given && is_pulled) {
            faults
                .push((name, "is for the built-in HTTP client, and the host makes the requests".to_owned()));
        }
        for (name, value) in &self.headers {
            if let Some(fault) = header_fault(name, value) {
                faults.push(("header", format!("{} {fault}", shown(name))));
            }
        }
        faults
    }
}

fn header_fault(name: &str, value: &str) -> Option<&'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some("is no name of a header");
    }
    if OWN_HEADERS.contains(&&*name.to_ascii_lowercase()) {
        return Some("is written by the library itself");
    }
    let is_text = value.bytes().all(|byte| byte == b' ' || byte == b'\t' || byte.is_ascii_graphic());
    (!is_text).then_some("has a value with characters that no header has")
}

/// Reads a file that an option names.
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "only TLS has files"))]
pub(super) fn read(option: &'static str, path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| unusable(option, path, &error.to_string()))
}

/// The error of a file that can't be used.
pub(super) fn unusable(option: &'static str, path: &Path, why: &str) -> Error {
    let path = shown(&path.to_string_lossy());
    Error::new(Status::InvalidArgument, format!("options: {option}: {path} can't be used: {why}")).at(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_would_break_a_request_are_refused() {
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:b", "x"),
            ("X", "a\r\nb: c"),
            ("X", "\u{e4}"),
            ("Host", "x"),
            ("content-LENGTH", "1"),
        ] {
            assert!(header_fault(name, value).is_some(), "{name}: {value}");
        }
        assert_eq!(header_fault("X-Gateway-Key", "a b\tc"), None);
    }
}
