//! Defects planted on purpose, to show that the simulation would find them. A simulation that finds nothing proves
//! nothing; so eleven places of the journal and the delivery ask here whether to go wrong. Outside tests the answer is a
//! constant, and nothing of it is left in the library.

/// A mistake that somebody could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// After a write that was cut short the next record is written behind what was cut.
    NoStepBack,
    /// A sync that failed is tried again on the same file, and believed.
    SyncRetried,
    /// Of two files of the same records the one that was met last is removed, whichever the disk has kept. One world in a
    /// thousand shows it, so the journal's own tests look for it.
    CopyRemoved,
    /// The cursor moves when a batch is sent, not when the server has answered.
    CursorBeforeAnswer,
    /// A segment is given back while its last events are on their way.
    SegmentBeforeCursor,
    /// The uuid is made when the event is sent.
    UuidAtSend,
    /// A server that is busy is taken to refuse the event.
    DeadLetterWhenBusy,
    /// A directory is free if the process that its lock names is another one, or gone: both have the same number.
    LockByPid,
    /// Waits are measured by the wall clock.
    WallTimer,
    /// Close waits for a request that is on its way, for as long as that takes.
    CloseWaits,
    /// An answer settles what was sent to another endpoint.
    WrongBatch,
}

/// Is this defect planted?
#[cfg(not(test))]
#[inline]
#[must_use]
pub const fn planted(_: Defect) -> bool {
    false
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Defect>> = const { std::cell::Cell::new(None) };
}

/// Is this defect planted on this thread?
#[cfg(test)]
pub fn planted(defect: Defect) -> bool {
    PLANTED.get() == Some(defect)
}

/// Plants a defect on this thread, or none.
#[cfg(test)]
pub fn plant(defect: Option<Defect>) {
    PLANTED.set(defect);
}
