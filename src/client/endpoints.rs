//! The URLs of endpoints: what can be told of them before they are used.

use std::net::Ipv6Addr;

use crate::cmab::PLACEHOLDER;

/// Printable characters that a URL has to escape.
const NEVER_IN_URLS: &[u8] = b"\"<>\\^`{|}";

/// What is wrong with the URL of the endpoint that predicts.
pub(super) fn template_fault(template: &str) -> Option<&'static str> {
    if template.matches(PLACEHOLDER).count() != 1 {
        return Some("does not have %s once, for the rule id");
    }
    // As an id with a character that is escaped, which a path takes and a host or a port does not.
    endpoint_fault(&template.replace(PLACEHOLDER, "%31"), false)
}

/// What is wrong with an endpoint, so far as it can be told without using it; a pulled one is used by the host.
pub(super) fn endpoint_fault(url: &str, is_pulled: bool) -> Option<&'static str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let Some(rest) = rest else { return Some("is no http:// or https:// URL") };
    if url.starts_with("https://") && !cfg!(feature = "tls") && !is_pulled {
        return Some("is an https:// URL, and this build has no TLS");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && !NEVER_IN_URLS.contains(&byte)) {
        return Some("has characters that no URL has");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, address) = authority.split_once('@').unwrap_or(("", authority));
    let (host, port) = match address.strip_prefix('[').map(|inside| inside.split_once(']')) {
        Some(Some((host, port))) if host.parse::<Ipv6Addr>().is_ok() => (host, port),
        Some(_) => return Some("has brackets without an IPv6 address in them"),
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    if host.is_empty() {
        return Some("has no host");
    }
    let is_user = user.matches(':').count() <= 1 && !user.contains(['[', ']']);
    if !is_user || [host, port].iter().any(|part| part.contains(['@', '[', ']', '%'])) {
        return Some("has a colon, an @, a bracket or a % where none belongs");
    }
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let is_taken = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (!is_taken).then_some("has a port that is not 1 to 65,535")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_asked_is_taken() {
        for url in [
            "http://127.0.0.1:8080/v1/events",
            "http://collector",
            "http://[::1]:80?a=b",
            "http://user:secret@host:65535/#part",
        ] {
            assert_eq!(endpoint_fault(url, false), None, "{url}");
        }
        assert_eq!(endpoint_fault("https://host/", false).is_none(), cfg!(feature = "tls"));
        assert_eq!(template_fault("http://host:80/predict/%s"), None);
    }

    #[test]
    fn what_no_request_can_be_made_of_is_refused() {
        for url in [
            "",
            "host",
            "ftp://host/",
            "http://",
            "http:///path",
            "http://:80/",
            "http://host:/",
            "http://host:0/",
            "http://host:+1/",
            "http://host:65536/",
            "http://host:80:90/",
            "http://h\"h/",
            "http://host/{id}",
            "http://h h/",
            "http://h%31/",
            "http://[::1/",
            "http://[host]/",
            "http://[::1]80/",
            "http://h[1/",
            "http://a@b@c/",
            "http://a:b:c@d/",
        ] {
            assert!(endpoint_fault(url, false).is_some(), "{url}");
        }
        // Where the rule id would stand in the host or the port, a datafile could choose who is asked.
        for template in
            ["http://%s/", "http://host.%s", "http://host:80%s", "http://host/", "http://host/%s/%s"]
        {
            assert!(template_fault(template).is_some(), "{template}");
        }
    }
}
