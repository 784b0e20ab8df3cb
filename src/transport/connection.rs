//! Connections over TCP as ureq's own, but that each proves before it is used that its descriptor is still ours.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};

use crate::platform::OwnStream;

/// Least time for one of several addresses.
const LEAST: Duration = Duration::from_millis(10);

/// Makes them.
#[derive(Debug, Default)]
pub(super) struct OwnConnector;

impl<In: Transport> Connector<In> for OwnConnector {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let stream = connect(&details.addrs, details.timeout)?;
        stream.set_nodelay(details.config.no_delay())?;
        let stream = Arc::new(Socket(OwnStream::new(stream)?));
        (details.register_shutdown)(Arc::downgrade(&stream) as Weak<dyn ShutdownHandle>)?;
        let buffers =
            LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Connection { stream, buffers })))
    }
}

/// The first of the addresses that answers; each but the last has half of the time that is left.
fn connect(addresses: &[SocketAddr], timeout: NextTimeout) -> Result<TcpStream, Error> {
    let deadline = left(timeout)?.map(|left| Instant::now() + left);
    let mut failed = io::Error::from(ErrorKind::ConnectionRefused);
    for (at, address) in addresses.iter().enumerate() {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let is_last = at + 1 == addresses.len();
        let share = left.map(|left| if is_last { left } else { left / 2 }.max(LEAST));
        let made = share
            .map_or_else(|| TcpStream::connect(address), |share| TcpStream::connect_timeout(address, share));
        match made {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(in_time(failed, timeout))
}

/// The time that is left; none if there is no end to it.
fn left(timeout: NextTimeout) -> Result<Option<Duration>, Error> {
    let left = timeout.not_zero().map(|left| *left);
    if left.is_some() && *timeout.after == Duration::ZERO {
        Err(Error::Timeout(timeout.reason))
    } else {
        Ok(left)
    }
}

/// What the system says of a time-out, as ureq says it.
fn in_time(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}

/// Shared with who may break it off.
struct Socket(OwnStream);

impl ShutdownHandle for Socket {
    fn shutdown(&self) {
        if let Ok(stream) = self.0.get() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// A connection.
pub(super) struct Connection {
    stream: Arc<Socket>,
    buffers: LazyBuffers,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let mut stream = self.stream.0.get()?;
        stream.set_write_timeout(left(timeout)?)?;
        stream.write_all(&self.buffers.output()[..amount]).map_err(|error| in_time(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let deadline = left(timeout)?.map(|left| Instant::now() + left);
        let amount = loop {
            let mut stream = self.stream.0.get()?;
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Timeout(timeout.reason));
            }
            stream.set_read_timeout(left)?;
            match stream.read(self.buffers.input_append_buf()) {
                // A signal; the time goes on.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result.map_err(|error| in_time(error, timeout))?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Nothing is to be read from a connection that waits: bytes were not asked for, and its end is its end.
    fn is_open(&mut self) -> bool {
        let Ok(mut stream) = self.stream.0.get() else { return false };
        let is_quiet = stream.set_nonblocking(true).is_ok()
            && stream.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        is_quiet && stream.set_nonblocking(false).is_ok()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
