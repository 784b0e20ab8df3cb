//! URLs of endpoints: one that the options take can be posted to, and one that they refuse is named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opttrack::client::{Client, ClientOptions, LogLevel};
use opttrack::error::Status;
use opttrack_fuzz::Source;
use ureq::http::Uri;

const DATAFILE: &str = r#"{"version":"4"}"#;

/// Can a request be made of it?
fn is_usable(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let scheme = uri.scheme_str().unwrap_or_default();
    let is_host = uri.host().is_some_and(|host| !host.is_empty());
    let port =
        uri.authority().map(|authority| authority.as_str().rsplit_once(':').map(|(_, port)| port.to_owned()));
    let is_port = match port.flatten() {
        Some(port) if !port.contains([']', '@']) => uri.port_u16().is_some_and(|port| port > 0),
        _ => true,
    };
    scheme == "http" && is_host && is_port
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let is_template = source.bool();
    let text = source.rest_as_text();
    let mut options = ClientOptions {
        datafile: Some(DATAFILE.into()),
        log_level: LogLevel::Off,
        ..ClientOptions::default()
    };
    let (url, name) = if is_template {
        options.cmab_endpoint = text.to_owned();
        (text.replace("%s", "10001"), "cmab_endpoint")
    } else {
        options.event_endpoint = Some(text.to_owned());
        (text.to_owned(), "event_endpoint")
    };
    match Client::new(options) {
        Ok(_) => assert!(is_usable(&url), "{url:?} is taken and can't be used"),
        Err(error) => {
            assert_eq!((error.status(), error.place()), (Status::InvalidArgument, name), "{error}");
        }
    }
});
