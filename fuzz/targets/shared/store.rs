//! A journal on a disk in memory, and numbers as its events.

use std::path::PathBuf;
use std::sync::Arc;

use opttrack::fuzzing::journal::{
    Bounds, Directory, Durability, Event, EventKind, Identity, Journal, Kind, Place, ROOM, Reader, Refusal,
    Seams, Settlement, Sizes, Span, Taken,
};
use opttrack_fuzz::ram::{Ram, Steady};

/// Small, so that a few events fill one.
pub const SIZES: Sizes = Sizes { small: 4096, large: 16 * 1024 };

/// What the host gives.
pub const ROOT: &str = "/journal";

/// A client's journal while it lives.
pub struct Store {
    pub journal: Arc<Journal>,
    pub reader: Reader,
    steady: Arc<Steady>,
}

pub fn identity(number: u8) -> Arc<Identity> {
    let opening = format!("{{\"account_id\":\"{number}\"");
    Arc::new(Identity { endpoint: "here".into(), opening: opening.into_bytes().into() })
}

/// Told from its number, which it goes with.
const TOLD: u32 = 0x5a5a_5a5a;

/// The body of an event: its number twice, and so many bytes that depend on it.
pub fn body(number: u32, size: usize) -> Vec<u8> {
    let head = [number.to_le_bytes(), (number ^ TOLD).to_le_bytes()].concat();
    let filling = (0..size).map(|at| (at as u32).wrapping_mul(number | 1) as u8);
    head.into_iter().chain(filling).collect()
}

/// The number of an event, if these are the bytes of one.
pub fn number(bytes: &[u8]) -> Option<u32> {
    let number = u32::from_le_bytes(*bytes.first_chunk()?);
    (body(number, bytes.len().checked_sub(8)?) == bytes).then_some(number)
}

impl Store {
    pub fn open(disk: &Ram, steady: &Arc<Steady>, durability: Durability) -> Self {
        let seams = Seams { random: Arc::clone(steady) as _, clock: Arc::clone(steady) as _ };
        let (disk, path) = (Arc::new(disk.clone()), PathBuf::from(ROOT));
        let place = Place::Directory(Directory { disk, path, kind: Kind::Written, durability });
        let bounds = Bounds { bytes: 256 * 1024, events: 0 };
        let (journal, reader) =
            Journal::open(seams, &place, bounds, SIZES).expect("the disk has room for a name");
        journal.set_endpoints(vec!["here".into()]);
        Self { journal, reader, steady: Arc::clone(steady) }
    }

    pub fn append(&self, number: u32, size: usize, identity: &Arc<Identity>) -> Result<(), Refusal> {
        let mut record = [&[0; ROOM][..], &body(number, size)].concat();
        self.journal.append(Event::new(identity, EventKind::Conversion, None, &mut record)).map(drop)
    }

    /// Does what is due until nothing is.
    pub fn keep(&mut self) {
        for _ in 0..1000 {
            let now = self.steady.pass(1);
            if self.reader.keep(now).is_none_or(|next| next > now) {
                break;
            }
        }
        self.reader.collect().expect("memory");
    }

    /// Takes up to `most` events of whatever identity comes first; their numbers, and none for what is no event of ours.
    pub fn take(&mut self, most: usize) -> (Vec<Option<u32>>, Vec<Span>) {
        self.reader.collect().expect("memory");
        let Some(identity) = self.reader.identities().next().cloned() else { return Default::default() };
        let mut numbers = Vec::new();
        let taken = self.reader.take(&identity, |record| {
            let fits = numbers.len() < most;
            if fits {
                numbers.push(number(record.body));
            }
            fits
        });
        match taken {
            Taken::Events(spans) => (numbers, spans),
            Taken::Damage(span) => {
                self.reader.drop_damage(&span);
                Default::default()
            }
            Taken::Failed(error) => panic!("a disk in memory can be read: {error}"),
        }
    }

    pub fn settle(&mut self, spans: &[Span], settlement: Settlement) {
        for span in spans {
            self.reader.settle(span, settlement);
        }
        self.balance();
    }

    /// Takes and settles everything there is.
    pub fn drain(&mut self) -> Vec<Option<u32>> {
        let mut all = Vec::new();
        for _ in 0..10_000 {
            if self.journal.waiting().0 == 0 {
                return all;
            }
            let (numbers, spans) = self.take(1000);
            all.extend(numbers);
            self.settle(&spans, Settlement::Delivered);
        }
        panic!("events wait that can't be taken: {:?}", self.journal.books());
    }

    /// The process is killed: the system gives its lock up.
    pub fn kill(self) {
        self.balance();
        self.journal.abandon();
    }

    pub fn balance(&self) {
        let books = self.journal.books();
        let settled = books.delivered + books.dead_lettered + books.dropped.total();
        assert_eq!(books.accepted() + books.recovered, settled + books.pending, "{books:?}");
    }
}
