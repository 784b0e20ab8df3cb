//! What a journal on a disk promises, on the machine's own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::journal::record::{Found, Frame};
use crate::journal::*;
use crate::platform::{SystemClock, SystemDisk, SystemRandom};

/// A directory that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = crate::journal::home::number(&SystemRandom).expect("randomness");
        let path = std::env::temp_dir().join(format!("opttrack-journal-{number:016x}"));
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    fn open(&self, kind: Kind) -> (Arc<Journal>, Reader) {
        self.open_with(kind, Durability::Process, Sizes::default())
    }

    fn open_with(&self, kind: Kind, durability: Durability, sizes: Sizes) -> (Arc<Journal>, Reader) {
        let seams = Seams { random: Arc::new(SystemRandom), clock: Arc::new(SystemClock::default()) };
        let disk = Arc::new(SystemDisk);
        let place = Place::Directory(Directory { disk, path: self.0.join("journal"), kind, durability });
        let bounds = Bounds { bytes: 1 << 30, events: 0 };
        let (journal, reader) = Journal::open(seams, &place, bounds, sizes).expect("a journal");
        journal.set_endpoints(vec!["here".into()]);
        (journal, reader)
    }

    fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// The segments of all clients.
    fn segments(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.journal()).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        let mut files: Vec<_> = files.map(|file| file.path()).filter(|path| is_segment(path)).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "seg")
}

fn identity(endpoint: &str) -> Arc<Identity> {
    Arc::new(Identity { endpoint: endpoint.into(), opening: b"{\"account_id\":\"1\"".as_slice().into() })
}

fn body(number: u32) -> Vec<u8> {
    [&number.to_le_bytes()[..], &vec![7; 100 + number as usize % 300]].concat()
}

fn append(journal: &Journal, identity: &Arc<Identity>, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let mut record = [&[0; ROOM][..], &body(number)].concat();
        let event = Event::new(identity, EventKind::Conversion, None, &mut record);
        journal.append(event).expect("accepted");
    }
}

/// Leaves the journal as a process does that is killed: the system gives its lock up.
fn kill(journal: &Journal, reader: Reader) {
    journal.abandon();
    drop(reader);
}

/// Adopts all there is.
fn adopt(reader: &mut Reader) {
    let mut now = Duration::from_secs(1);
    while reader.keep(now) == Some(now) {
        now += Duration::from_millis(1);
    }
    reader.collect().expect("memory");
}

/// Takes up to `most` events of an identity, settled if `is_settled`; answers their numbers.
fn take(reader: &mut Reader, identity: &Identity, most: usize, is_settled: bool) -> Vec<u32> {
    reader.collect().expect("memory");
    let mut numbers = Vec::new();
    let taken = reader.take(identity, |record| {
        if numbers.len() == most {
            return false;
        }
        let number = u32::from_le_bytes(*record.body.first_chunk().expect("a number"));
        assert_eq!(record.body, body(number));
        numbers.push(number);
        true
    });
    match taken {
        Taken::Events(spans) if is_settled => {
            for span in spans {
                reader.settle(&span, Settlement::Delivered);
            }
        }
        Taken::Events(_) => {}
        Taken::Damage(span) => reader.drop_damage(&span),
        Taken::Failed(error) => panic!("{error}"),
    }
    numbers
}

/// Takes and settles everything, whatever is damaged in between.
fn drain(reader: &mut Reader, journal: &Journal, identity: &Identity) -> Vec<u32> {
    let mut all = Vec::new();
    while journal.waiting().0 > 0 {
        all.extend(take(reader, identity, 1000, true));
        balance(journal);
    }
    all
}

fn balance(journal: &Journal) {
    let books = journal.books();
    let settled = books.delivered + books.dead_lettered + books.dropped.total();
    assert_eq!(books.accepted() + books.recovered, settled + books.pending, "{books:?}");
}

#[test]
fn what_was_accepted_is_adopted_after_a_kill_and_only_what_was_not_settled() {
    for kind in [Kind::Written, Kind::Mapped] {
        let folder = Folder::new();
        let identity = identity("here");
        let (journal, mut reader) = folder.open(kind);
        append(&journal, &identity, 0..20_000);
        let mut settled = Vec::new();
        while settled.len() < 7_000 {
            settled.extend(take(&mut reader, &identity, 700, true));
        }
        let _in_flight = take(&mut reader, &identity, 700, false);
        kill(&journal, reader);

        let (journal, mut reader) = folder.open(kind);
        assert!(reader.has_orphans());
        adopt(&mut reader);
        assert_eq!(journal.books().recovered, 13_000);
        let rest = drain(&mut reader, &journal, &identity);
        let all: BTreeSet<u32> = settled.iter().chain(&rest).copied().collect();
        assert_eq!((all.len(), settled.len() + rest.len()), (20_000, 20_000), "each once");
        assert_eq!(journal.books().dropped.total(), 0);
        assert!(!reader.has_orphans());
        journal.release();
        assert_eq!(fs::read_dir(folder.journal()).expect("there").count(), 0, "nothing is left behind");
    }
}

#[test]
fn settled_segments_are_used_again_and_their_old_bytes_are_never_read() {
    let folder = Folder::new();
    let identity = identity("here");
    let (journal, mut reader) = folder.open(Kind::Written);
    let mut next = 0;
    for _ in 0..20 {
        append(&journal, &identity, next..next + 5_000);
        next += 5_000;
        adopt(&mut reader);
        assert_eq!(drain(&mut reader, &journal, &identity).len(), 5_000);
    }
    assert!(folder.segments().len() <= 4, "{:?}", folder.segments());
    append(&journal, &identity, next..next + 10);
    kill(&journal, reader);
    let (journal, mut reader) = folder.open(Kind::Written);
    adopt(&mut reader);
    assert_eq!(drain(&mut reader, &journal, &identity), (next..next + 10).collect::<Vec<_>>());
    assert_eq!(journal.books().dropped.total(), 0);
}

#[test]
fn events_of_another_endpoint_are_left_alone_and_said() {
    let folder = Folder::new();
    let (journal, reader) = folder.open(Kind::Written);
    append(&journal, &identity("elsewhere"), 0..10);
    append(&journal, &identity("here"), 10..20);
    kill(&journal, reader);
    let (journal, mut reader) = folder.open(Kind::Written);
    adopt(&mut reader);
    assert_eq!((journal.books().recovered, reader.foreign()), (10, 1));
    let notes = reader.take_notes();
    assert!(notes.iter().any(|note| matches!(note, Note::Foreign { why, .. } if why.contains("endpoint"))));
    journal.set_endpoints(vec!["elsewhere".into()]);
    assert_eq!(drain(&mut reader, &journal, &identity("here")).len(), 10);
    journal.release();

    let (journal, mut reader) = folder.open(Kind::Written);
    journal.set_endpoints(vec!["elsewhere".into()]);
    adopt(&mut reader);
    assert_eq!(drain(&mut reader, &journal, &identity("elsewhere")).len(), 10);
}

#[test]
fn a_directory_in_use_is_nobody_elses() {
    let folder = Folder::new();
    let (first, _first_reader) = folder.open(Kind::Written);
    append(&first, &identity("here"), 0..10);
    let (second, mut reader) = folder.open(Kind::Written);
    assert!(!reader.has_orphans());
    adopt(&mut reader);
    assert_eq!(second.books().recovered, 0);
}

/// A segment with ten records, of a journal that was killed.
fn ten_records(folder: &Folder) -> (PathBuf, Vec<u8>) {
    let (journal, reader) = folder.open(Kind::Written);
    append(&journal, &identity("here"), 0..10);
    kill(&journal, reader);
    let path = folder.segments().pop().expect("a segment");
    let bytes = fs::read(&path).expect("readable");
    (path, bytes)
}

/// What is recovered from a segment: the events, and how many were lost to damage.
fn recover(folder: &Folder) -> (Vec<u32>, u64) {
    let (journal, mut reader) = folder.open(Kind::Written);
    adopt(&mut reader);
    let all = drain(&mut reader, &journal, &identity("here"));
    let lost = journal.books().dropped.corrupt;
    kill(&journal, reader);
    (all, lost)
}

/// Puts a segment into a directory of a client that is no more.
fn plant(folder: &Folder, bytes: &[u8]) {
    let _ = fs::remove_dir_all(folder.journal());
    let orphan = folder.journal().join("00000000000000aa");
    fs::create_dir_all(&orphan).expect("a folder");
    fs::write(orphan.join("lock"), b"").expect("a lock");
    fs::write(orphan.join("00000001.seg"), bytes).expect("a segment");
}

/// Where the records of a segment begin and end.
fn records(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let crate::journal::format::Opening::Segment(header) = crate::journal::format::Header::read(bytes) else {
        panic!("a header")
    };
    let frame = Frame { id: header.id, is_checked: true };
    let end = frame.end(&bytes[header.start()..], header.start());
    let (mut at, mut all) = (header.start(), Vec::new());
    while let Some((Found::Record(_), next)) = frame.next(&bytes[header.start()..end], header.start(), at) {
        all.push(at..next);
        at = next;
    }
    all
}

#[test]
fn a_segment_cut_at_any_length_gives_every_whole_record_and_no_alarm() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let records = records(&bytes);
    assert_eq!(records.len(), 10);
    for length in (records[0].start..=records[9].end).step_by(7) {
        plant(&folder, &bytes[..length]);
        let whole = records.iter().filter(|record| record.end <= length).count();
        let (found, lost) = recover(&folder);
        assert_eq!((found.len(), lost), (whole, 0), "cut at {length}");
        // The same with the file's size kept, as after a write that was cut short.
        let mut torn = bytes.clone();
        torn[length..].fill(0);
        plant(&folder, &torn);
        assert_eq!(recover(&folder), (found, 0), "torn at {length}");
    }
}

#[test]
fn a_segment_cut_inside_its_header_gives_nothing_and_no_alarm() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let start = records(&bytes)[0].start;
    // From the end of the first copy on there is a header.
    for length in ((start - 64) / 2..=start).step_by(3) {
        plant(&folder, &bytes[..length]);
        assert_eq!(recover(&folder), (vec![], 0), "cut at {length}");
    }
}

#[test]
fn a_flipped_bit_costs_the_record_it_is_in_and_is_counted() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let records = records(&bytes);
    let header = records[0].start;
    // Each byte of the header, and a few of each record, the last one's word and mark among them.
    let places = (0..header).chain(records.iter().flat_map(|record| {
        [0, 1, 2, 3, 4, 7, 8, 24, 33, 50, record.len() - 1].map(|offset| record.start + offset)
    }));
    for place in places {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        plant(&folder, &damaged);
        let (found, lost) = recover(&folder);
        let touched = records.iter().position(|record| record.contains(&place));
        let expected: Vec<u32> = (0..10).filter(|number| Some(*number as usize) != touched).collect();
        // Of the mark behind a record's content it only counts whether it was begun.
        let is_mark = records.iter().any(|record| record.end - 1 == place);
        if is_mark {
            assert_eq!((found.len(), lost), (10, 0), "bit in byte {place}");
        } else {
            assert_eq!((found, lost), (expected, u64::from(touched.is_some())), "bit in byte {place}");
        }
    }
}

#[test]
fn records_behind_any_damage_are_found_again() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let records = records(&bytes);
    for (first, last) in [(0, 0), (2, 2), (3, 6), (0, 8), (4, 9), (0, 9)] {
        let mut damaged = bytes.clone();
        let (from, to) = (records[first].start + 3, records[last].end - 20);
        for (at, byte) in damaged[from..to].iter_mut().enumerate() {
            *byte = (at % 251) as u8 ^ 0x5a;
        }
        plant(&folder, &damaged);
        let (found, lost) = recover(&folder);
        let expected: Vec<u32> =
            (0..10).filter(|number| !(first..=last).contains(&(*number as usize))).collect();
        assert_eq!(found, expected, "{first} to {last}");
        assert!((1..=(last - first + 1) as u64).contains(&lost), "{first} to {last}: {lost}");
    }
}

#[test]
fn absurd_lengths_and_zeros_are_no_records() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let records = records(&bytes);
    for word in [0, 1, 1 << 31, u32::MAX, 0x00ff_ffff] {
        let mut damaged = bytes.clone();
        damaged[records[4].start..records[4].start + 4].copy_from_slice(&u32::to_le_bytes(word));
        plant(&folder, &damaged);
        let (found, lost) = recover(&folder);
        assert_eq!((found.len(), lost), (9, 1), "{word:x}");
    }
    for zeros in [1, 7, 8, 8192] {
        plant(&folder, &[&bytes[..records[9].end], &vec![0; zeros]].concat());
        assert_eq!(recover(&folder), ((0..10).collect(), 0));
    }
}

#[test]
fn stale_bytes_of_another_segment_or_place_are_no_records() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let records = records(&bytes);
    let (_, others) = ten_records(&Folder::new());
    let mut mixed = bytes[..records[5].start].to_vec();
    mixed.extend_from_slice(&others[records[5].start..records[9].end]);
    // And the segment's own first record, where the eleventh would be.
    mixed.extend_from_slice(&bytes[records[0].clone()]);
    plant(&folder, &mixed);
    assert_eq!(recover(&folder).0, (0..5).collect::<Vec<_>>());
}

#[test]
fn an_unreadable_cursor_means_the_beginning_and_one_that_runs_ahead_the_end() {
    let folder = Folder::new();
    let identity = identity("here");
    let (journal, mut reader) = folder.open(Kind::Written);
    append(&journal, &identity, 0..10);
    for _ in 0..3 {
        take(&mut reader, &identity, 2, true);
    }
    kill(&journal, reader);
    let path = folder.segments().pop().expect("a segment");
    let bytes = fs::read(path).expect("readable");
    let crate::journal::format::Opening::Segment(header) = crate::journal::format::Header::read(&bytes)
    else {
        panic!("a header")
    };
    let cursor = header.start() - 64;
    let with = |words: [Option<[u8; 8]>; 2]| {
        let mut bytes = bytes.clone();
        for (turn, word) in words.into_iter().enumerate() {
            if let Some(word) = word {
                bytes[cursor + 8 * turn..][..8].copy_from_slice(&word);
            }
        }
        plant(&folder, &bytes);
        recover(&folder).0
    };
    let rotten = Some([0x55; 8]);
    assert_eq!(with([None, None]), (6..10).collect::<Vec<_>>());
    assert_eq!(with([rotten, None]).first(), Some(&6), "the second word has the last position");
    assert_eq!(with([None, rotten]).first(), Some(&4));
    assert_eq!(with([rotten, rotten]), (0..10).collect::<Vec<_>>());
    assert_eq!(with([Some([0; 8]), Some([0; 8])]), (0..10).collect::<Vec<_>>());
    let ahead = header.cursor_word(bytes.len(), 0).0;
    assert_eq!(with([Some(ahead), None]), [0_u32; 0]);
}

#[test]
fn other_versions_and_foreign_files_stay_as_they_are() {
    let folder = Folder::new();
    let (_, bytes) = ten_records(&folder);
    let mut newer = bytes.clone();
    let size = records(&bytes)[0].start / 2 - 32;
    for copy in [0, size] {
        newer[copy + 8] = 2;
    }
    plant(&folder, &newer);
    let orphan = folder.journal().join("00000000000000aa");
    fs::create_dir(orphan.join("00000002.seg")).expect("a folder");
    std::os::unix::fs::symlink("/etc/passwd", orphan.join("00000003.seg")).expect("a link");
    fs::write(orphan.join("notes.txt"), b"mine").expect("a file");
    let (journal, mut reader) = folder.open(Kind::Written);
    adopt(&mut reader);
    assert_eq!((journal.books().recovered, reader.foreign()), (0, 1));
    assert_eq!(fs::read(orphan.join("00000001.seg")).expect("there"), newer);
    assert_eq!(fs::read(orphan.join("notes.txt")).expect("there"), b"mine");
}

/// Written by the first version of the format; `OPT_BLESS=1` wrote it, once.
const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journal/version-1.seg");

#[test]
fn a_segment_of_the_first_version_is_read_for_ever() {
    let folder = Folder::new();
    if std::env::var_os("OPT_BLESS").is_some() && !Path::new(VERSION_1).exists() {
        let (_, bytes) = ten_records(&folder);
        let end = records(&bytes)[9].end;
        fs::create_dir_all(Path::new(VERSION_1).parent().expect("a folder")).expect("made");
        fs::write(VERSION_1, &bytes[..end]).expect("written");
    }
    plant(&folder, &fs::read(VERSION_1).expect("the segment"));
    assert_eq!(recover(&folder), ((0..10).collect(), 0));
}

#[test]
fn a_directory_removed_under_us_is_made_again_and_nothing_is_lost() {
    for kind in [Kind::Written, Kind::Mapped] {
        let folder = Folder::new();
        let identity = identity("here");
        let (journal, mut reader) = folder.open(kind);
        append(&journal, &identity, 0..5_000);
        reader.keep(Duration::from_secs(1));
        reader.collect().expect("memory");
        fs::remove_dir_all(folder.journal()).expect("removed");
        append(&journal, &identity, 5_000..5_100);
        reader.keep(Duration::from_secs(3));
        assert!(reader.take_notes().contains(&Note::Moved));
        append(&journal, &identity, 5_100..5_200);
        kill(&journal, reader);
        let (journal, mut reader) = folder.open(kind);
        adopt(&mut reader);
        let all: BTreeSet<_> = drain(&mut reader, &journal, &identity).into_iter().collect();
        assert_eq!(all.len(), 5_200);
    }
}

#[test]
fn syncing_at_the_hosts_wish_and_by_itself_leaves_nothing_unsynced() {
    let folder = Folder::new();
    let identity = identity("here");
    let (journal, mut reader) = folder.open_with(Kind::Written, Durability::System, Sizes::default());
    append(&journal, &identity, 0..5);
    reader.collect().expect("memory");
    let is_unsynced =
        |journal: &Journal| journal.shards[0].ledger().segments().any(|segment| segment.is_unsynced());
    assert!(is_unsynced(&journal));
    journal.sync().expect("synced");
    assert!(!is_unsynced(&journal));
    append(&journal, &identity, 5..10);
    let now = journal.seams.clock.monotonic();
    let next = reader.keep(now).expect("a time");
    assert!(next > now && next <= now + Duration::from_secs(1));
    reader.keep(next);
    assert!(!is_unsynced(&journal));
}
