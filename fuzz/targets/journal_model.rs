//! A sequence of appends, settlements, crashes in the middle of a write, full disks, failed syncs and restarts, beside a
//! list in memory: what was accepted and not settled is there at the end, once where the disk kept its word, and nothing
//! else is.
#![no_main]

mod shared;

use std::collections::BTreeMap;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::journal::{DropReason, Durability, Refusal, Settlement};
use opttrack_fuzz::Source;
use opttrack_fuzz::ram::{Ram, Steady};
use shared::store::{Store, identity};

/// What the list knows of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// It has to be there.
    Waits,
    /// It must not come again.
    Settled,
    /// It may be there or not: the process died in the call, the disk took neither the event nor the repair, or could
    /// not note that it is settled.
    Open,
}

struct Model {
    disk: Ram,
    steady: Arc<Steady>,
    durability: Durability,
    store: Option<Store>,
    events: BTreeMap<u32, State>,
    next: u32,
    /// Accepted by the running process.
    accepted: u64,
    is_failing: bool,
    /// A sync has failed. Then there may be copies, which a process that dies leaves behind, each with a cursor of its own:
    /// what is settled may come again, with the same uuid.
    has_copies: bool,
}

impl Model {
    fn store(&mut self) -> &mut Store {
        self.store.get_or_insert_with(|| Store::open(&self.disk, &self.steady, self.durability))
    }

    fn append(&mut self, source: &mut Source<'_>) {
        let size = if source.below(16) == 15 { source.below(9000) } else { source.below(300) };
        let identity = identity(1 + u8::from(source.below(16) == 15));
        self.next += 1;
        let number = self.next;
        let state = match self.store().append(number, size, &identity) {
            Ok(()) => {
                self.accepted += 1;
                State::Waits
            }
            Err(Refusal::Full) => return,
            Err(Refusal::Disk(_)) => {
                assert!(self.is_failing, "the disk works");
                State::Open
            }
            Err(other) => panic!("{other:?}"),
        };
        self.events.insert(number, state);
        let accepted = self.accepted;
        assert_eq!(self.store().journal.books().accepted(), accepted);
    }

    /// Events come in whatever order, but only those that may.
    fn see(&mut self, numbers: &[Option<u32>]) {
        for number in numbers {
            let number = number.expect("the bytes of an event");
            let state = self.events.get(&number);
            let may_come = |state: &State| *state != State::Settled || self.has_copies;
            assert!(state.is_some_and(may_come), "{number} is {state:?}");
        }
    }

    fn take(&mut self, source: &mut Source<'_>) {
        let most = source.below(20);
        let (numbers, spans) = self.store().take(most);
        self.see(&numbers);
        if source.below(4) == 0 {
            self.store().reader.put_back(&spans);
            return;
        }
        let settlement = source.pick(&[
            Settlement::Delivered,
            Settlement::DeadLettered,
            Settlement::Dropped(DropReason::Expired),
        ]);
        self.store().settle(&spans, settlement);
        let state = if self.is_failing { State::Open } else { State::Settled };
        for number in numbers.into_iter().flatten() {
            self.events.insert(number, state);
        }
    }

    fn kill(&mut self) {
        if let Some(store) = self.store.take() {
            store.kill();
        }
        self.accepted = 0;
    }

    fn set_room(&mut self, room: Option<usize>) {
        self.disk.set_room(room);
        self.is_failing = room.is_some();
    }

    /// The process dies in the middle of an append.
    fn die_in_append(&mut self, source: &mut Source<'_>) {
        self.store();
        let room = source.below(400);
        self.set_room(Some(room));
        self.append(source);
        self.kill();
        self.set_room(None);
    }

    fn step(&mut self, source: &mut Source<'_>) {
        match source.below(16) {
            0..6 => self.append(source),
            6 | 7 => self.take(source),
            8 | 9 => self.store().keep(),
            10 => self.kill(),
            11 => self.die_in_append(source),
            12 => {
                // A client needs a directory to begin with.
                self.store();
                let room = source.below(6000);
                self.set_room(Some(room));
            }
            13 => self.set_room(None),
            14 => {
                let fails = source.bool();
                self.has_copies |= fails;
                self.disk.set_fails_to_sync(fails);
                self.steady.pass(source.below(3000) as u64);
            }
            _ => {
                if let Some(mut store) = self.store.take() {
                    store.keep();
                    store.journal.close();
                    store.balance();
                    store.journal.release();
                }
                self.accepted = 0;
            }
        }
        if let Some(store) = &self.store {
            store.balance();
        }
    }

    /// A last process finds everything.
    fn finish(mut self) {
        self.set_room(None);
        self.disk.set_fails_to_sync(false);
        self.kill();
        let mut store = Store::open(&self.disk, &self.steady, self.durability);
        store.keep();
        let found = store.drain();
        self.see(&found);
        let mut numbers: Vec<u32> = found.into_iter().flatten().collect();
        numbers.sort_unstable();
        let comes_once = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(comes_once || self.has_copies, "twice: {numbers:?}");
        for (number, state) in &self.events {
            let is_found = numbers.binary_search(number).is_ok();
            assert!(is_found || *state != State::Waits, "{number} is lost; found {numbers:?}");
        }
        assert_eq!(store.journal.books().dropped.total(), 0, "nothing was damaged");
        store.journal.release();
    }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let durability = if source.bool() { Durability::System } else { Durability::Process };
    let (disk, steady) = (Ram::default(), Arc::new(Steady::default()));
    let (store, events) = (None, BTreeMap::new());
    let mut model = Model {
        disk,
        steady,
        durability,
        store,
        events,
        next: 0,
        accepted: 0,
        is_failing: false,
        has_copies: false,
    };
    for _ in 0..200 {
        if source.is_empty() {
            break;
        }
        model.step(&mut source);
    }
    model.finish();
});
