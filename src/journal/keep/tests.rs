//! What becomes of segments that a disk has failed to keep, and of what the dead have left, on a machine that breaks.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::journal::format::Header;
use crate::journal::segment::Segment;
use crate::journal::*;
use crate::platform::{Clock, Defect, Disk, DiskFile, Mapping, plant, write_all_at};
use crate::simulation::{Dice, Fault, Machine, Rates, SimClock, SimDisk};

const ROOT: &str = "/host/journal";

struct World {
    dice: Dice,
    clock: Arc<SimClock>,
    machine: Machine,
}

struct Process {
    disk: SimDisk,
    journal: Arc<Journal>,
    reader: Reader,
}

impl World {
    fn new(seed: u64) -> Self {
        let (dice, clock) = (Dice::new(seed), Arc::new(SimClock::default()));
        let machine = Machine::new(dice.clone(), Arc::clone(&clock));
        machine.settle("/host".as_ref());
        Self { dice, clock, machine }
    }

    fn begin(&self, durability: Durability) -> Process {
        let disk = self.machine.process();
        let seams = Seams { random: Arc::new(self.dice.clone()), clock: Arc::clone(&self.clock) as _ };
        let place = Place::Directory(Directory {
            disk: Arc::new(disk.clone()),
            path: ROOT.into(),
            kind: Kind::Written,
            durability,
        });
        let bounds = Bounds { bytes: 1 << 30, events: 0 };
        let (journal, reader) = Journal::open(seams, &place, bounds, Sizes::default()).expect("a journal");
        journal.set_endpoints(vec!["here".into()]);
        Process { disk, journal, reader }
    }

    /// From now on every call fails in this way; `None`: none does.
    fn fail(&self, fault: Option<Fault>) {
        let mut rates = Rates::default();
        if let Some(fault) = fault {
            rates.set(fault, 1_000_000);
        }
        self.machine.set_rates(rates);
    }

    /// Does what is due now; answers when there is more to do.
    fn keep_now(&self, process: &mut Process) -> Option<Duration> {
        let now = self.clock.monotonic();
        let next = loop {
            let next = process.reader.keep(now);
            if next != Some(now) {
                break next;
            }
        };
        process.reader.collect().expect("memory");
        next
    }

    /// Lets a process live for so many seconds.
    fn keep(&self, process: &mut Process, seconds: u64) {
        for _ in 0..seconds {
            self.keep_now(process);
            self.clock.pass(Duration::from_secs(1));
        }
    }

    fn kill(&self, process: Process) {
        self.machine.kill(process.disk.process());
        drop(process);
    }

    /// The segments of all processes.
    fn segments(&self) -> Vec<PathBuf> {
        let disk = self.machine.process();
        let names = |path: &Path| -> Vec<OsString> { disk.names(path, usize::MAX).unwrap_or_default() };
        let folders = names(ROOT.as_ref()).into_iter().map(|name| Path::new(ROOT).join(name));
        let files = folders.flat_map(|folder| names(&folder).into_iter().map(move |name| folder.join(name)));
        files.filter(|path| path.extension().is_some_and(|extension| extension == "seg")).collect()
    }

    /// Leaves two files of one segment behind: one that failed to sync, and one written anew, which holds twenty events
    /// that are safe.
    fn leave_copies(&self) {
        let mut process = self.begin(Durability::System);
        process.append(0..5);
        process.journal.sync().expect("synced");
        process.append(5..20);
        self.fail(Some(Fault::SyncError));
        assert!(process.journal.sync().is_err());
        // What was written anew takes the place of the other one, which can't be removed.
        self.fail(Some(Fault::NameError));
        self.keep(&mut process, 3);
        process.journal.sync().expect("what was written anew can be synced");
        self.kill(process);
        self.fail(None);
        assert_eq!(self.segments().len(), 2);
    }
}

impl Process {
    fn append(&self, numbers: Range<u32>) {
        let opening = b"{\"account_id\":\"1\"".as_slice().into();
        let identity = Arc::new(Identity { endpoint: "here".into(), opening });
        for number in numbers {
            let mut record = [&[0; ROOM][..], &number.to_le_bytes(), &[7; 300]].concat();
            let event = Event::new(&identity, EventKind::Conversion, None, &mut record);
            self.journal.append(event).expect("accepted");
        }
    }

    /// Delivers up to so many events; answers their numbers.
    fn deliver(&mut self, most: usize) -> Vec<u32> {
        self.reader.collect().expect("memory");
        let mut numbers = Vec::new();
        while numbers.len() < most {
            let Some(identity) = self.reader.identities().next().cloned() else { break };
            let taken = self.reader.take(&identity, |record| {
                let is_wanted = numbers.len() < most;
                if is_wanted {
                    numbers.push(u32::from_le_bytes(*record.body.first_chunk().expect("a number")));
                }
                is_wanted
            });
            match taken {
                Taken::Events(spans) => {
                    for span in spans {
                        self.reader.settle(&span, Settlement::Delivered);
                    }
                }
                Taken::Damage(span) => self.reader.drop_damage(&span),
                // The dead read nothing.
                Taken::Failed(_) => break,
            }
        }
        numbers
    }
}

#[test]
fn what_was_safe_stays_safe_whoever_adopts_it_and_dies_over_it() {
    let mut deaths = 0;
    for seed in 0..12 {
        for calls in 0.. {
            let world = World::new(seed);
            world.leave_copies();
            let mut second = world.begin(Durability::System);
            world.machine.die_in(calls);
            world.keep(&mut second, 2);
            let delivered = second.deliver(3);
            world.keep(&mut second, 1);
            let has_died = !world.machine.is_alive(second.disk.process());
            world.machine.let_live();
            if has_died {
                deaths += 1;
                world.kill(second);
                let mut third = world.begin(Durability::System);
                world.keep(&mut third, 3);
            }
            world.machine.lose_power();
            let mut last = world.begin(Durability::System);
            world.keep(&mut last, 2);
            let found: BTreeSet<u32> = last.deliver(usize::MAX).into_iter().chain(delivered).collect();
            assert_eq!(found, (0..20).collect(), "seed {seed}, death in call {calls}");
            if !has_died {
                break;
            }
        }
    }
    assert!(deaths > 100, "{deaths}");
}

#[test]
fn a_copy_that_is_removed_at_once_is_missed_after_a_loss_of_power() {
    let is_lost = |seed: u64| {
        let world = World::new(seed);
        world.leave_copies();
        let mut second = world.begin(Durability::System);
        world.keep(&mut second, 3);
        world.machine.lose_power();
        let mut last = world.begin(Durability::System);
        world.keep(&mut last, 2);
        last.deliver(usize::MAX).into_iter().collect::<BTreeSet<_>>().len() < 20
    };
    plant(Some(Defect::CopyRemoved));
    let lost = (0..12).filter(|seed| is_lost(*seed)).count();
    plant(None);
    assert!(lost > 0, "the machine forgets what failed to sync");
}

#[test]
fn copies_are_sent_once_and_go_with_what_they_are_copies_of() {
    for durability in [Durability::System, Durability::Process] {
        let world = World::new(1);
        world.leave_copies();
        let mut second = world.begin(durability);
        world.keep(&mut second, 2);
        assert_eq!((second.journal.books().recovered, world.segments().len()), (20, 2));
        let mut delivered = second.deliver(7);
        world.kill(second);
        // Also where another one finds both in one directory, and delivers the rest.
        let mut third = world.begin(durability);
        world.keep(&mut third, 2);
        assert_eq!((third.journal.books().recovered, world.segments().len()), (13, 2));
        delivered.extend(third.deliver(usize::MAX));
        assert_eq!(delivered, (0..20).collect::<Vec<_>>());
        assert_eq!(world.segments(), [] as [PathBuf; 0]);
    }
}

#[test]
fn what_is_purged_is_purged_in_copies_too() {
    let world = World::new(1);
    world.leave_copies();
    let mut second = world.begin(Durability::System);
    world.keep(&mut second, 2);
    assert_eq!(second.reader.purge(|_| true).expect("purged"), 20);
    world.kill(second);
    let mut third = world.begin(Durability::System);
    world.keep(&mut third, 2);
    assert_eq!(third.journal.books().recovered, 0);
}

#[test]
fn a_disk_that_goes_on_failing_to_sync_is_not_filled_with_copies() {
    let world = World::new(1);
    let mut process = world.begin(Durability::System);
    process.append(0..5);
    process.journal.sync().expect("synced");
    process.append(5..20);
    world.fail(Some(Fault::SyncError));
    for _ in 0..20 {
        world.keep(&mut process, 1);
        assert!(world.segments().len() <= 2, "{:?}", world.segments());
    }
    assert_eq!(world.segments().len(), 2, "what was safe is where it was");
    world.fail(None);
    world.keep(&mut process, 2);
    assert_eq!(world.segments().len(), 1);
    world.machine.lose_power();
    let mut last = world.begin(Durability::System);
    world.keep(&mut last, 1);
    // What was removed may be there again.
    assert_eq!(last.deliver(usize::MAX).into_iter().collect::<BTreeSet<_>>(), (0..20).collect());
}

#[test]
fn a_host_whose_sync_has_failed_can_ask_again() {
    let world = World::new(1);
    let mut process = world.begin(Durability::Process);
    process.append(0..20);
    world.fail(Some(Fault::SyncError));
    assert!(process.journal.sync().is_err());
    world.fail(None);
    assert!(process.journal.sync().is_err(), "of a file that has failed nothing is believed");
    world.keep_now(&mut process);
    process.journal.sync().expect("of what was written anew it is");
    world.machine.lose_power();
    let mut last = world.begin(Durability::Process);
    world.keep(&mut last, 1);
    assert_eq!(last.deliver(usize::MAX).into_iter().collect::<BTreeSet<_>>(), (0..20).collect());
}

#[test]
fn what_a_dying_owner_leaves_is_adopted_though_nothing_else_happens() {
    let world = World::new(1);
    let owner = world.begin(Durability::Process);
    owner.append(0..20);
    let mut other = world.begin(Durability::Process);
    let now = world.clock.monotonic();
    assert_eq!(world.keep_now(&mut other), Some(now + Duration::from_secs(1)));
    world.kill(owner);
    world.clock.pass(Duration::from_secs(1));
    assert_eq!(world.keep_now(&mut other), None, "nobody is left to wait for");
    assert_eq!(other.journal.books().recovered, 20);
}

#[test]
fn whoever_waits_for_the_living_to_die_gives_it_up() {
    let world = World::new(1);
    let owner = world.begin(Durability::Process);
    let mut other = world.begin(Durability::Process);
    let mut waits = Vec::new();
    while let Some(next) = world.keep_now(&mut other) {
        let wait = next.saturating_sub(world.clock.monotonic());
        waits.push(wait.as_secs());
        world.clock.pass(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64]);
    assert!(world.machine.is_alive(owner.disk.process()));
}

/// A file during whose sync something else happens, once.
struct Meanwhile {
    file: Arc<dyn DiskFile>,
    what: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl DiskFile for Meanwhile {
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        self.file.read_at(bytes, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        self.file.write_at(bytes, at)
    }

    fn sync(&self) -> io::Result<()> {
        let what = self.what.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(what) = what {
            what();
        }
        self.file.sync()
    }

    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn is_in_place(&self) -> bool {
        self.file.is_in_place()
    }

    fn map(&self, size: usize) -> io::Result<Mapping> {
        self.file.map(size)
    }
}

#[test]
fn a_sync_says_nothing_of_a_file_that_came_in_the_meantime() {
    let identity = Arc::new(Identity { endpoint: "here".into(), opening: b"{".as_slice().into() });
    for seed in 0..20 {
        let world = World::new(seed);
        let disk = world.machine.process();
        let [former, path] = ["/host/1.seg", "/host/2.seg"].map(PathBuf::from);
        let header = Header::new(7, Arc::clone(&identity));
        let bytes = [header.bytes(), vec![1; 4000]].concat();
        let file = disk.create(&former, 8192).expect("room");
        write_all_at(&*file, &bytes, 0).expect("written");
        let file = Arc::new(Meanwhile { file, what: Mutex::default() });
        let segment = Segment::in_file(header, former, Some(Arc::clone(&file) as _), 8192, 0, bytes.len());
        let (segment, mover) = (Arc::new(segment), disk.clone());
        let (moving, to) = (Arc::clone(&segment), path.clone());
        let what = move || drop(moving.move_to(&mover, to, 0).expect("written anew"));
        *file.what.lock().expect("no panic") = Some(Box::new(what));
        segment.sync(Some(&disk)).expect("synced");
        disk.sync_directory("/host".as_ref()).expect("synced");
        world.machine.lose_power();
        let found = world.machine.process().open(&path).expect("there");
        let mut found_bytes = vec![0; bytes.len()];
        assert_eq!(found.read_at(&mut found_bytes, 0).expect("read"), bytes.len(), "seed {seed}");
        assert!(found_bytes.ends_with(&[1; 4000]), "seed {seed}");
    }
}
