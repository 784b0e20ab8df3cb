//! What the journal promises: order, bounds, and books that balance.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use super::*;

struct Still(AtomicI64);

impl Clock for Still {
    fn wall_ns(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

struct Counting(AtomicBool);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) -> bool {
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = (at / 16) as u8;
        }
        !self.0.load(Ordering::Relaxed)
    }
}

fn identity(revision: &str, endpoint: &str) -> Arc<Identity> {
    Arc::new(Identity { endpoint: endpoint.into(), opening: revision.as_bytes().into() })
}

fn journal(bounds: Bounds) -> (Arc<Journal>, Reader) {
    let seams = Seams {
        random: Arc::new(Counting(AtomicBool::new(false))),
        clock: Arc::new(Still(AtomicI64::new(5_000_000))),
    };
    Journal::open(seams, &Place::Memory, bounds, Sizes::default()).expect("memory")
}

const WIDE: Bounds = Bounds { bytes: 1 << 30, events: 0 };

/// Appends a body.
fn append(
    journal: &Journal,
    identity: &Arc<Identity>,
    kind: EventKind,
    body: &[u8],
) -> Result<Appended, Refusal> {
    let mut record = [&[0; ROOM], body].concat();
    journal.append(Event::new(identity, kind, None, &mut record))
}

fn balance(books: &Books) {
    let settled = books.delivered + books.dead_lettered + books.dropped.total();
    assert_eq!(books.accepted() + books.recovered, settled + books.pending);
}

/// Takes everything of an identity; gives the spans and the bodies.
fn take(reader: &mut Reader, identity: &Identity, most: usize) -> (Vec<Span>, Vec<Vec<u8>>) {
    let mut bodies = Vec::new();
    reader.collect().expect("memory");
    let spans = reader.take(identity, |record| {
        let fits = bodies.len() < most;
        if fits {
            bodies.push(record.body.to_vec());
        }
        fits
    });
    match spans {
        Taken::Events(spans) => (spans, bodies),
        other => panic!("{other:?}"),
    }
}

fn settle(reader: &mut Reader, spans: &[Span]) {
    for span in spans {
        reader.settle(span, Settlement::Delivered);
    }
}

#[test]
fn events_come_out_in_order_over_many_segments_and_the_books_balance() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    let body = |number: u32| [&number.to_le_bytes()[..], &[7; 300]].concat();
    for number in 0..20_000_u32 {
        append(&journal, &identity, EventKind::Conversion, &body(number)).expect("room");
    }
    balance(&journal.books());
    assert_eq!(journal.waiting().0, 20_000);
    let mut next = 0;
    while journal.waiting().0 > 0 {
        let (spans, bodies) = take(&mut reader, &identity, 777);
        for found in bodies {
            assert_eq!(found, body(next));
            next += 1;
        }
        settle(&mut reader, &spans);
        balance(&journal.books());
    }
    assert_eq!(next, 20_000);
    let books = journal.books();
    assert_eq!((books.delivered, books.pending, books.pending_bytes), (20_000, 0, 0));
}

#[test]
fn a_span_splits_between_records_and_reads_back_what_it_holds() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    for number in 0..10_u8 {
        append(&journal, &identity, EventKind::Impression, &vec![number; usize::from(number) + 1])
            .expect("room");
    }
    let (spans, _) = take(&mut reader, &identity, 10);
    let (left, right) = reader.split(&spans[0], 3).expect("memory");
    let lengths = |reader: &mut Reader, span: &Span| {
        let mut lengths = Vec::new();
        let _ = reader.read(span, |record| lengths.push(record.body.len()));
        lengths
    };
    assert_eq!((left.count, right.count), (3, 7));
    assert_eq!(lengths(&mut reader, &left), [1, 2, 3]);
    assert_eq!(lengths(&mut reader, &right), [4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn identities_of_one_endpoint_keep_their_order_and_those_of_others_do_not_wait() {
    let (journal, mut reader) = journal(WIDE);
    let (old, new, other) = (identity("42", "us"), identity("43", "us"), identity("43", "eu"));
    for identity in [&old, &new, &other, &old] {
        append(&journal, identity, EventKind::Conversion, b"x").expect("room");
    }
    assert_eq!(take(&mut reader, &old, 9).1.len(), 1, "the second of 42 waits behind 43");
    assert_eq!(take(&mut reader, &other, 9).1.len(), 1, "another endpoint does not wait");
    assert_eq!(take(&mut reader, &new, 9).1.len(), 1);
    assert_eq!(take(&mut reader, &old, 9).1.len(), 1);
    assert_eq!(reader.identities().count(), 0);
}

#[test]
fn the_bound_on_events_is_exact_and_frees_as_events_settle() {
    let (journal, mut reader) = journal(Bounds { events: 3, ..WIDE });
    let identity = identity("1", "e");
    let append = || append(&journal, &identity, EventKind::Conversion, b"x").map(drop);
    let results: Vec<_> = (0..5).map(|_| append()).collect();
    assert_eq!(results, [Ok(()), Ok(()), Ok(()), Err(Refusal::Full), Err(Refusal::Full)]);
    let (spans, _) = take(&mut reader, &identity, 2);
    reader.settle(&spans[0], Settlement::DeadLettered);
    assert_eq!([append(), append(), append()], [Ok(()), Ok(()), Err(Refusal::Full)]);
    balance(&journal.books());
}

#[test]
fn the_bound_on_bytes_holds_and_never_locks_an_empty_journal() {
    let bytes = 64 * 1024;
    let (journal, mut reader) = journal(Bounds { bytes, events: 0 });
    let identity = identity("1", "e");
    for _ in 0..50 {
        let mut accepted = 0;
        while append(&journal, &identity, EventKind::Conversion, &[1; 900]).is_ok() {
            accepted += 1;
        }
        assert!(accepted > 0, "an empty journal takes events");
        assert!(journal.books().pending_bytes <= bytes);
        while journal.books().pending > 0 {
            for span in take(&mut reader, &identity, 1000).0 {
                reader.settle(&span, Settlement::Delivered);
            }
        }
    }
}

#[test]
fn without_randomness_an_event_is_refused_and_nothing_is_counted() {
    let random = Arc::new(Counting(AtomicBool::new(true)));
    let seams = Seams { random: random.clone(), clock: Arc::new(Still(AtomicI64::new(0))) };
    let (journal, _reader) = Journal::open(seams, &Place::Memory, WIDE, Sizes::default()).expect("memory");
    let identity = identity("1", "e");
    let append = || append(&journal, &identity, EventKind::Conversion, b"x").map(drop);
    assert_eq!(append(), Err(Refusal::NoRandomness));
    assert_eq!(journal.books(), Books::default());
    random.0.store(false, Ordering::Relaxed);
    assert_eq!(append(), Ok(()));
}

#[test]
fn a_stamp_that_is_given_is_kept_and_a_missing_uuid_is_made() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    for uuid in [Some([7; 16]), None] {
        let given = Some(Given { time_ms: 253_402_300_799_999, uuid });
        let mut record = [0; ROOM + 1].to_vec();
        journal.append(Event::new(&identity, EventKind::Conversion, given, &mut record)).expect("room");
    }
    reader.collect().expect("memory");
    let mut stamps = Vec::new();
    reader.take(&identity, |record| {
        stamps.push((record.time_ms, record.uuid));
        true
    });
    assert_eq!(stamps[0], (253_402_300_799_999, [7; 16]));
    assert_eq!((stamps[1].0, stamps[1].1[6] >> 4), (253_402_300_799_999, 4));
}

#[test]
fn a_closed_journal_takes_nothing_and_gives_what_it_has() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    append(&journal, &identity, EventKind::Conversion, b"x").expect("room");
    journal.close();
    assert_eq!(append(&journal, &identity, EventKind::Conversion, b"y").map(drop), Err(Refusal::Closed));
    assert_eq!(take(&mut reader, &identity, 9).1, [b"x"]);
}

#[test]
fn marks_count_only_what_came_before_them() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    let append = |count| {
        for _ in 0..count {
            append(&journal, &identity, EventKind::Conversion, &[0; 9000]).expect("room");
        }
    };
    append(20);
    let marks = journal.marks();
    append(20);
    reader.collect().expect("memory");
    assert_eq!(journal.left_before(&marks), 20);
    let (spans, _) = take(&mut reader, &identity, 15);
    settle(&mut reader, &spans);
    assert_eq!(journal.left_before(&marks), 5);
    let (spans, _) = take(&mut reader, &identity, 15);
    settle(&mut reader, &spans);
    assert_eq!(journal.left_before(&marks), 0);
}

#[test]
fn uuids_are_version_4_and_differ_though_the_randomness_repeats() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    for _ in 0..1000 {
        append(&journal, &identity, EventKind::Conversion, b"x").expect("room");
    }
    let mut uuids = std::collections::HashSet::new();
    reader.collect().expect("memory");
    reader.take(&identity, |record| {
        assert_eq!((record.uuid[6] >> 4, record.uuid[8] >> 6, record.time_ms), (4, 2, 5));
        uuids.insert(record.uuid);
        true
    });
    assert_eq!(
        uuids.len(),
        64,
        "as many as a pool holds, for this source repeats itself and this clock stands"
    );
}

#[test]
fn many_threads_lose_nothing_and_no_record_is_torn() {
    let (journal, mut reader) = journal(WIDE);
    let identity = identity("1", "e");
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let (journal, identity) = (&journal, &identity);
            scope.spawn(move || {
                for _ in 0..5_000 {
                    append(journal, identity, EventKind::Conversion, &[thread; 64]).expect("room");
                }
            });
        }
        let mut seen = 0;
        while seen < 40_000 {
            let (spans, bodies) = take(&mut reader, &identity, usize::MAX);
            assert!(bodies.iter().all(|body| body.len() == 64 && body.iter().all(|byte| *byte == body[0])));
            seen += bodies.len();
            settle(&mut reader, &spans);
            balance(&journal.books());
        }
    });
    assert_eq!(journal.books().delivered, 40_000);
}

#[test]
fn a_single_thread_keeps_its_order_though_the_worker_holds_the_shard() {
    let (journal, mut reader) = journal(WIDE);
    let here = identity("1", "here");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let shard = journal.shards[0].appender();
                std::thread::yield_now();
                drop(shard);
            }
        });
        for number in 0..5_000_u32 {
            append(&journal, &here, EventKind::Conversion, &number.to_le_bytes()).expect("accepted");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let (_, bodies) = take(&mut reader, &here, usize::MAX);
    assert!(
        bodies
            .iter()
            .eq((0..5_000_u32).map(|number| number.to_le_bytes().to_vec()).collect::<Vec<_>>().iter())
    );
    let elsewhere = journal.shards[1..].iter().map(|shard| shard.ledger().books.accepted());
    assert_eq!(elsewhere.sum::<u64>(), 0, "nothing was put beside the others");
}
