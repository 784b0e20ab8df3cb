//! The few lines of HTTP that fetch a report from a running collector.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// The results table of the collector at `url`, as text.
pub fn fetch_report(url: &str) -> io::Result<String> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    let rest = url.strip_prefix("http://").ok_or_else(|| wrong("the address does not start with http://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET /control/report HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, table)) if head.starts_with("HTTP/1.1 200 ") => Ok(table.to_owned()),
        _ => Err(wrong("what answers there is not a collector")),
    }
}
