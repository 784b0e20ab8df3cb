//! Header section: the way to the network.

use std::mem::MaybeUninit;

use super::error::opt_error;
use super::options::{change, opt_options};
use super::text::opt_str;
use crate::error::Status;

/// The certificates that are trusted in place of the platform's: a file in PEM form, read by opt_client_new. Connections
/// are never made without checking the server's certificate.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new says INVALID_ARGUMENT where the file can't be used, NOT_SUPPORTED
/// in a build without TLS. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_ca_file(
    options: Option<&mut opt_options>,
    path: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable bytes.
        options.network.ca_file = Some(unsafe { path.to_path("path") }?);
        Ok(())
    })
}

/// The certificate by which the client shows servers who it is (mutual TLS): files in PEM form of the certificate with
/// its chain, and of its private key without a password, read by opt_client_new.
///
/// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
/// Errors: as opt_options_set_ca_file. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_client_certificate(
    options: Option<&mut opt_options>,
    certificate_path: opt_str,
    key_path: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        let certificate = unsafe { certificate_path.to_path("certificate_path") }?;
        // SAFETY: as above.
        let key = unsafe { key_path.to_path("key_path") }?;
        options.network.client_certificate = Some((certificate, key));
        Ok(())
    })
}

/// The HTTP proxy that every request goes through, by CONNECT: `http://host:port`, with `user:password@` before the host
/// if it wants them. Without this call there is none: the environment's variables are not read.
///
/// Ownership: the text is copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_set_proxy(
    options: Option<&mut opt_options>,
    url: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        options.network.proxy = Some(unsafe { url.to_str("url") }?.to_owned());
        Ok(())
    })
}

/// Adds a header to every request of the built-in HTTP client, such as the key of a gateway of yours. It is not sent to
/// another host that a redirect leads to, and never logged. Call it once a header.
///
/// Ownership: the texts are copied. Threads: one at a time for these options. Blocks: never.
/// Errors: INVALID_ARGUMENT, INVALID_UTF8; opt_client_new refuses what is no header, and those that the library writes
/// itself. Since 0.1.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn opt_options_add_header(
    options: Option<&mut opt_options>,
    name: opt_str,
    value: opt_str,
    error: Option<&mut MaybeUninit<Option<Box<opt_error>>>>,
) -> Status {
    change(options, error, |options| {
        // SAFETY: the header makes the caller promise readable text.
        let name = unsafe { name.to_str("name") }?;
        // SAFETY: as above.
        let value = unsafe { value.to_str("value") }?;
        options.network.headers.push((name.to_owned(), value.to_owned()));
        Ok(())
    })
}
