//! A directory that a writer left, and what the input does to its files: what was not touched is found again, nothing
//! else is, and recovering twice comes to the same as recovering once.
#![no_main]

mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::journal::{Durability, ROOM, Settlement};
use opttrack_fuzz::Source;
use opttrack_fuzz::ram::{Ram, Steady};
use shared::store::{ROOT, Store, body, identity};

/// Bytes behind a header that hold the cursor.
const CURSOR: usize = 64;

/// Where the records of a file are, and which bytes of it were changed.
#[derive(Clone, Default)]
struct Traces {
    records: BTreeMap<u32, Range<usize>>,
    touched: Vec<Range<usize>>,
}

impl Traces {
    fn is_touched(&self, range: &Range<usize>) -> bool {
        self.touched.iter().any(|touched| touched.start < range.end && range.start < touched.end)
    }

    /// Where the first record begins.
    fn start(&self) -> usize {
        self.records.values().map(|range| range.start).min().unwrap_or(0)
    }

    /// Is one of the header's two copies as it was, and the cursor?
    fn is_readable(&self) -> bool {
        let (start, cursor) = (self.start(), self.start() - CURSOR);
        let copies = [0..cursor / 2, cursor / 2..cursor];
        !self.is_touched(&(cursor..start)) && !copies.iter().all(|copy| self.is_touched(copy))
    }
}

/// The writer's part: some events, some of them settled; which are left.
fn write(source: &mut Source<'_>, disk: &Ram, steady: &Arc<Steady>) -> (BTreeMap<u32, usize>, BTreeSet<u32>) {
    let mut store = Store::open(disk, steady, Durability::Process);
    let mut written = BTreeMap::new();
    for number in 1..=1 + source.below(12) as u32 {
        let size = if source.below(8) == 7 { 1000 + source.below(6000) } else { source.below(200) };
        let identity = identity(if source.below(16) == 15 { 2 } else { 1 });
        store.append(number, size, &identity).expect("room");
        written.insert(number, size);
    }
    let (settled, spans) = match source.below(6) {
        0 => Default::default(),
        most => store.take(most),
    };
    store.settle(&spans, Settlement::Delivered);
    store.kill();
    let settled: BTreeSet<u32> = settled.into_iter().flatten().collect();
    let left = written.keys().copied().filter(|number| !settled.contains(number)).collect();
    (written, left)
}

/// Where the events lie in each file.
fn traces(disk: &Ram, written: &BTreeMap<u32, usize>) -> BTreeMap<PathBuf, Traces> {
    let mut all = BTreeMap::new();
    for (path, bytes) in disk.files(".seg") {
        let mut traces = Traces::default();
        for (number, size) in written {
            let body = body(*number, *size);
            // Records begin at multiples of eight, and so do their bodies.
            let head = body.first_chunk::<8>();
            let is_there = |at: &usize| bytes[*at..].first_chunk() == head && bytes[*at..].starts_with(&body);
            if let Some(at) = (0..bytes.len()).step_by(8).find(is_there) {
                let whole = (ROOM + body.len()) / 8 * 8 + 8;
                traces.records.insert(*number, at - ROOM..at - ROOM + whole);
            }
        }
        all.insert(path, traces);
    }
    all
}

/// One change to a file.
fn damage(source: &mut Source<'_>, bytes: &mut Vec<u8>, traces: &mut Traces) {
    let used = traces.records.values().map(|range| range.end).max().unwrap_or(bytes.len()).min(bytes.len());
    let at = source.below(1 + (used + 64).min(65_000));
    let touched = match source.below(6) {
        0 if at < bytes.len() => {
            bytes[at] ^= 1 << source.below(8);
            at..at + 1
        }
        1 => {
            let length = source.below(200);
            let with = source.bytes(length);
            let end = (at + with.len()).max(bytes.len());
            bytes.resize(end, 0);
            bytes[at..at + with.len()].copy_from_slice(with);
            at..at + with.len()
        }
        2 => {
            bytes.truncate(at);
            at..usize::MAX
        }
        3 => {
            let end = (at + source.below(5000)).min(bytes.len());
            if at < end {
                bytes[at..end].fill(source.pick(&[0, 0xff, 0x55]));
            }
            at..end
        }
        // Bytes of the file itself, where others were.
        4 => {
            let (from, length) = (source.below(used.clamp(1, 65_000)), source.below(600));
            let copied = bytes[from.min(bytes.len())..(from + length).min(bytes.len())].to_vec();
            let end = (at + copied.len()).max(bytes.len());
            bytes.resize(end, 0);
            bytes[at..at + copied.len()].copy_from_slice(&copied);
            at..at + copied.len()
        }
        _ => {
            let zeros = source.below(9000);
            bytes.extend(std::iter::repeat_n(0, zeros));
            0..0
        }
    };
    traces.touched.push(touched);
}

/// What a client finds and settles.
fn recover(disk: &Ram, steady: &Arc<Steady>) -> Vec<Option<u32>> {
    let mut store = Store::open(disk, steady, Durability::Process);
    store.keep();
    let found = store.drain();
    store.keep();
    assert_eq!(store.journal.books().pending, 0);
    store.journal.release();
    found
}

/// Clients that find everything and die before they have done anything with it.
fn recover_in_vain(disk: &Ram, steady: &Arc<Steady>) {
    for _ in 0..2 {
        let mut store = Store::open(disk, steady, Durability::Process);
        store.keep();
        store.kill();
    }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let (disk, steady) = (Ram::default(), Arc::new(Steady::default()));
    let (written, left) = write(&mut source, &disk, &steady);
    let mut all = traces(&disk, &written);
    for turn in 0..source.below(6) {
        let files = disk.files(".seg");
        let (path, mut bytes) = files[source.below(files.len())].clone();
        let mut traces = all.get(&path).cloned().unwrap_or_default();
        match source.below(8) {
            // The same under another name, in this directory or in another one.
            0 => {
                let other = source.pick(&["00000000000000aa", "00000000000000bb"]);
                let folder =
                    if source.bool() { Path::new(ROOT).join(other) } else { path.with_file_name("") };
                let path = folder.join(format!("{:08x}.seg", 0x70 + turn));
                if folder.ends_with(other) {
                    disk.put(&folder.join("lock"), Vec::new());
                }
                disk.put(&path, bytes);
                all.insert(path, traces);
            }
            // A file that is none of ours.
            1 => {
                let length = source.below(400);
                let bytes = source.bytes(length).to_vec();
                if !bytes.starts_with(b"opttrack") {
                    disk.put(&path.with_file_name(format!("{:08x}.seg", 0x40 + turn)), bytes);
                }
            }
            _ => {
                damage(&mut source, &mut bytes, &mut traces);
                disk.put(&path, bytes);
                all.insert(path, traces);
            }
        }
    }

    let again = disk.copy();
    let found = recover(&disk, &steady);
    recover_in_vain(&again, &steady);
    let twice = recover(&again, &steady);
    let sorted = |found: &[Option<u32>]| {
        let mut sorted = found.to_vec();
        sorted.sort_unstable();
        sorted
    };
    // What is an event by all that can be told, and was never written, the input has forged.
    if found.contains(&None) || found.iter().flatten().any(|number| !written.contains_key(number)) {
        let is_touched = all.values().any(|traces| !traces.touched.is_empty());
        assert!(is_touched, "events that nobody wrote: {found:?}");
        return;
    }
    let numbers: BTreeSet<u32> = found.iter().copied().flatten().collect();
    let has_copies = all.values().filter(|traces| !traces.records.is_empty()).count() > left.len();
    if !has_copies && all.values().all(|traces| traces.touched.is_empty()) {
        assert_eq!(numbers, left, "of files as they were written");
    }
    // An event is expected where every file that has it can be read and has it untouched.
    for number in &left {
        let mut places = all.values().filter(|traces| traces.records.contains_key(number)).peekable();
        let is_there = places.peek().is_some();
        if is_there
            && places.all(|traces| traces.is_readable() && !traces.is_touched(&traces.records[number]))
        {
            assert!(numbers.contains(number), "{number} is gone: {found:?} of {left:?}");
        }
    }
    // Where a copy was changed, each may hold what the other lacks, and both are read.
    let is_touched = all.values().any(|traces| !traces.touched.is_empty());
    let has_twin = |number| all.values().filter(|traces| traces.records.contains_key(number)).count() > 1;
    if is_touched && left.iter().any(has_twin) {
        assert_eq!(twice.iter().copied().flatten().collect::<BTreeSet<_>>(), numbers, "recovered twice");
    } else {
        assert_eq!(numbers.len(), found.len(), "the same event twice: {found:?}");
        assert_eq!(sorted(&twice), sorted(&found), "recovered twice");
    }
    assert_eq!(recover(&disk, &steady), [], "settled is settled");
});
