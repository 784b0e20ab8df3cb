//! The one end of a segment that appends.

use std::io;
use std::sync::Arc;

use super::home::wipe;
use crate::platform::{Defect, DiskFile, Mapping, SegmentWriter, planted, write_all_at};

/// The one end that appends.
pub(super) enum Writer {
    /// To memory.
    Memory(SegmentWriter),
    /// To a file, by system calls.
    Written(Arc<dyn DiskFile>),
    /// To a file, through memory.
    Mapped(Mapping),
}

impl Writer {
    /// Appends a record at an offset. On an error the place holds what it held before, or the segment is not to be
    /// written to any more: that is the second answer.
    pub(super) fn write(&mut self, at: usize, record: &[u8]) -> Result<(), (io::Error, bool)> {
        let is_written = match self {
            Self::Memory(writer) => writer.append(&[record]),
            Self::Mapped(mapping) => mapping.write(at, record),
            Self::Written(file) => return write(&**file, at as u64, record),
        };
        // What does not fit was not to be asked for.
        if is_written { Ok(()) } else { Err((io::ErrorKind::WriteZero.into(), true)) }
    }
}

/// Goes back to the last whole record on an error: what was cut short must not lie before the next one.
fn write(file: &dyn DiskFile, at: u64, record: &[u8]) -> Result<(), (io::Error, bool)> {
    write_all_at(file, record, at).map_err(|error| {
        if planted(Defect::NoStepBack) {
            return (error, false);
        }
        let is_undone = wipe(file, at as usize, at as usize + record.len()).is_ok();
        (error, !is_undone)
    })
}
