//! What a journal on a disk needs besides appending and reading: segments made ready before they are needed, syncing,
//! a look whether the directory is still there, and the adoption of what others have left.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::adoption::Step;
use super::home::Home;
use super::reader::{Open, Reader};
use super::segment::Segment;
use super::{Journal, Note};
use crate::platform::{Defect, planted};

/// How often, while events come, the directory is looked at.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// How long events wait at most for the disk to be asked to keep them.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// How long what found no memory waits before it is tried again.
const MEMORY: Duration = Duration::from_secs(1);

/// How often, while there is work anyway, other directories are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Whoever owns a directory may be about to die: it is looked at again after this time, then after twice as long each
/// time, and for the last time after `LAST_LOOK`. A process that rests is woken no more after that; while there is work
/// it looks every minute.
const NEXT_LOOK: Duration = Duration::from_secs(1);
const LAST_LOOK: Duration = Duration::from_secs(64);

/// After so long without an event what is not in use is given back.
const IDLE: Duration = Duration::from_secs(60);

/// When things were done last.
#[derive(Default)]
pub(super) struct Keeping {
    checked: Duration,
    looked: Duration,
    /// Events seen at the last look.
    appended: u64,
    active: Duration,
    is_resting: bool,
    /// Something needed room that the disk did not have: nothing is made ready meanwhile.
    is_short: bool,
    /// How long to wait before a directory that somebody owned is looked at again, and until when.
    again: Option<(Duration, Duration)>,
    /// The error that was told last.
    told: i32,
}

impl Reader {
    /// Is there something to do that no event brings: to adopt what others have left?
    #[must_use]
    pub fn has_orphans(&self) -> bool {
        self.journal.home.as_ref().is_some_and(|home| self.adoption.is_due(home))
    }

    /// Does what is due, a little at a time; answers when it wants to be called again.
    pub fn keep(&mut self, now: Duration) -> Option<Duration> {
        let journal = Arc::clone(&self.journal);
        let appended = journal.appended();
        let is_active = appended != self.keeping.appended;
        if is_active {
            self.keeping.appended = appended;
            self.keeping.active = now;
            self.keeping.is_resting = false;
        }
        let idle_at = self.rest_if_idle(&journal, now);
        let Some(home) = journal.home.as_ref().filter(|home| !home.is_released()) else { return idle_at };
        if is_active && now >= self.keeping.checked + CHECK_EVERY {
            self.keeping.checked = now;
            self.check(&journal, home, now);
        }
        if !self.keeping.is_short {
            Self::prepare(&journal, home);
        }
        let sync_at = self.sync_if_due(&journal, home, now);
        let adopt_at = self.adopt(&journal, home, now);
        self.tell_of_errors(home);
        [sync_at, adopt_at, idle_at].into_iter().flatten().min()
    }

    /// Looks whether the directory and the files in it are where they should be, and mends what is not.
    fn check(&mut self, journal: &Journal, home: &Home, now: Duration) {
        let is_home = home.check();
        let is_gone = |open: &Open| !open.segment.is_in_place();
        if is_home && self.shards.iter().flat_map(|shard| &shard.segments).any(is_gone) {
            self.move_segments(journal, home, now, is_gone);
        }
    }

    /// Writes segments anew, into files of their own. Nothing is appended to them any more.
    fn move_segments(
        &mut self,
        journal: &Journal,
        home: &Home,
        now: Duration,
        is_meant: impl Fn(&Open) -> bool,
    ) {
        // Also those that appenders have begun since the last look.
        let _ = self.collect();
        let mut has_moved = false;
        for (index, shard) in self.shards.iter().enumerate() {
            for open in shard.segments.iter().filter(|open| is_meant(open)) {
                open.segment.seal();
                // Whoever is appending has finished when the lock is had; the next one finds the seal.
                if let Some(shard) = journal.shards.get(index) {
                    drop(shard.appender());
                }
                match open.segment.move_to(&*home.disk, home.next_path(), open.settled) {
                    Ok(former) => {
                        has_moved = true;
                        if journal.syncs_by_itself() {
                            // What was safe where it lay is not yet safe where it lies now.
                            let size = open.segment.written() - open.settled;
                            journal.shard(index).ledger().unsynced.add(size, || now);
                        }
                        if let Some(former) = former {
                            let _ = home.disk.remove_file(&former);
                        }
                    }
                    Err(error) => {
                        home.failed(&error);
                    }
                }
            }
        }
        if has_moved {
            self.notes.push(Note::Moved);
        }
    }

    /// Removes copies of what the disk has kept. Until it is known to have, the copies hold what was safe in them.
    fn remove_copies(&self, home: &Home) {
        for open in self.shards.iter().flat_map(|shard| &shard.segments) {
            for copy in open.segment.needless_copies() {
                let _ = home.disk.remove_file(&copy);
            }
        }
    }

    /// Has the next segment ready where the current one is half full.
    fn prepare(journal: &Journal, home: &Home) {
        for shard in &journal.shards {
            let Some(appender) = shard.try_appender() else { continue };
            let fill = appender.fill();
            let capacity = appender.next_capacity(journal);
            drop(appender);
            if fill.is_some_and(|(end, of)| end > of / 2 && of >= journal.sizes.large / 2) {
                home.prepare(journal, capacity);
            }
        }
    }

    fn sync_if_due(&mut self, journal: &Journal, home: &Home, now: Duration) -> Option<Duration> {
        if !journal.syncs_by_itself() {
            // The host has asked for it in vain, and may ask again: of a file that can be synced.
            if journal.has_failed_to_sync.swap(false, Ordering::AcqRel) {
                self.move_segments(journal, home, now, |open| open.segment.has_lost_sync());
            }
            return None;
        }
        let mut next: Option<Duration> = None;
        for shard in journal.all() {
            let unsynced = shard.ledger().unsynced;
            if unsynced.events == 0 {
                continue;
            }
            let at = if unsynced.is_due() { now } else { unsynced.since + SYNC_EVERY };
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        if next.is_some_and(|next| next <= now) {
            if let Err(error) = journal.sync() {
                home.failed(&error);
                self.move_segments(journal, home, now, |open| open.segment.has_lost_sync());
                // What was written anew is synced at once, or the next time.
                if journal.sync().is_err() {
                    return Some(now + SYNC_EVERY);
                }
            }
            self.remove_copies(home);
            return None;
        }
        next
    }

    /// One step of taking over what others have left.
    fn adopt(&mut self, journal: &Journal, home: &Home, now: Duration) -> Option<Duration> {
        if self.adoption.is_done() {
            let at = self.keeping.again.map_or(self.keeping.looked + LOOK_EVERY, |(_, at)| at);
            if now < at {
                return self.keeping.again.map(|(_, at)| at);
            }
            self.keeping.looked = now;
            self.adoption.look(home);
        }
        if journal.adopted.ledger().make_room().is_err() {
            return Some(now + MEMORY);
        }
        let endpoints = journal.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if endpoints.is_empty() {
            // Without a datafile nobody knows yet whose events are its own.
            return None;
        }
        match self.adoption.step(home, &endpoints, &mut self.notes) {
            Step::Adopted(adopted) => {
                journal.budget.add_segment(adopted.size);
                let mut ledger = journal.adopted.ledger();
                let segment = Segment::in_file(
                    adopted.header,
                    adopted.path,
                    None,
                    adopted.size,
                    ledger.arrived(),
                    adopted.end,
                );
                let segment = Arc::new(segment.inherited(adopted.from));
                let size = adopted.end - adopted.from;
                ledger.adopt(&segment, adopted.events, size, adopted.oldest_ms, now);
                if journal.syncs_by_itself() {
                    // Its owner may have died before it was synced.
                    ledger.unsynced.add(size, || now);
                }
            }
            Step::Copy { id, end, path } => {
                let is_meant = |segment: &&Arc<Segment>| segment.frame.id == id && segment.written() == end;
                let original = journal.adopted.ledger().segments().filter(is_meant).last().cloned();
                let is_kept = original.is_some_and(|original| original.keep_copy(&path));
                if !is_kept || planted(Defect::CopyRemoved) {
                    let _ = home.disk.remove_file(&path);
                }
            }
            Step::NoMemory => return Some(now + MEMORY),
            Step::More | Step::Done => {}
        }
        if self.adoption.is_done() { self.look_again(now) } else { Some(now) }
    }

    /// When to look again after a look that is over.
    fn look_again(&mut self, now: Duration) -> Option<Duration> {
        let wait = self.keeping.again.map_or(NEXT_LOOK, |(wait, _)| 2 * wait);
        let is_worth_it = self.adoption.has_met_owner && wait <= LAST_LOOK;
        self.keeping.again = is_worth_it.then(|| (wait, now + wait));
        self.keeping.again.map(|(_, at)| at)
    }

    /// After an idle minute gives back what is not in use: segments in reserve, and those that are settled to their ends.
    fn rest_if_idle(&mut self, journal: &Journal, now: Duration) -> Option<Duration> {
        if self.keeping.is_resting || self.keeping.appended == 0 {
            return None;
        }
        // While events wait there is more to come.
        if journal.books().pending > 0 {
            return None;
        }
        let at = self.keeping.active + IDLE;
        if now < at {
            return Some(at);
        }
        self.keeping.is_resting = true;
        self.rest();
        self.release_finished(journal);
        if let Some(home) = &journal.home {
            home.drop_spares(journal);
        }
        None
    }

    /// Gives segments back that are settled to their ends, also those that might still grow.
    fn release_finished(&mut self, journal: &Journal) {
        for (index, shard) in self.shards.iter_mut().enumerate() {
            if let Some(open) = shard.segments.back().filter(|open| open.is_finished()) {
                open.segment.seal();
                shard.release(journal, index);
            }
        }
    }

    /// Gives the disk back what is not needed, for there is no room for something that is; until `room_was_had`.
    pub fn make_room(&mut self) {
        self.keeping.is_short = true;
        let journal = Arc::clone(&self.journal);
        self.release_finished(&journal);
        if let Some(home) = &journal.home {
            home.drop_spares(&journal);
        }
    }

    /// What needed room has had it.
    pub fn room_was_had(&mut self) {
        self.keeping.is_short = false;
    }

    /// Leaves what waits to the next client of the directory; what is settled is removed, and an empty directory too.
    pub fn leave(&mut self) {
        let _ = self.collect();
        let journal = Arc::clone(&self.journal);
        self.release_finished(&journal);
        journal.release();
    }

    fn tell_of_errors(&mut self, home: &Home) {
        let error = home.error();
        if error != self.keeping.told {
            self.keeping.told = error;
            self.notes.push(if error == 0 { Note::Working } else { Note::Failing(error) });
        }
    }
}

impl Journal {
    /// Makes what was accepted before the call survive a loss of power. An error leaves segments that are not to be
    /// trusted; the delivery writes them anew.
    pub fn sync(&self) -> io::Result<()> {
        let Some(home) = &self.home else { return Ok(()) };
        let mut taken = Vec::new();
        let mut failed = None;
        for shard in self.all() {
            let segments: Vec<_> = {
                let mut ledger = shard.ledger();
                taken.push((shard, std::mem::take(&mut ledger.unsynced)));
                ledger.segments().filter(|segment| segment.is_unsynced()).cloned().collect()
            };
            for segment in segments {
                failed = segment.sync(self.disk()).err().or(failed);
            }
        }
        // Then the names of the segments, and of the directory itself.
        let synced = match failed {
            Some(error) => Err(error),
            None => home.sync_directory(),
        };
        if synced.is_err() {
            self.has_failed_to_sync.store(true, Ordering::Release);
            for (shard, unsynced) in taken {
                shard.ledger().unsynced.take_back(unsynced);
            }
        }
        synced
    }
}

#[cfg(test)]
mod tests;
