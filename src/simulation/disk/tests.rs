//! What the disk promises to those who are tested on it: it forgets what a real one may forget, and nothing else.

use super::*;
use crate::platform::{Disk, DiskFile};
use std::path::PathBuf;

fn machine(seed: u64) -> Machine {
    Machine::new(Dice::new(seed), Arc::new(SimClock::default()))
}

fn read(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; file.size().expect("a size") as usize];
    let count = file.read_at(&mut bytes, 0).expect("bytes");
    assert_eq!(count, bytes.len());
    bytes
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/journal").join(name)
}

/// A process whose directory is on the platter.
fn settled(machine: &Machine) -> SimDisk {
    let disk = machine.process();
    disk.make_directories(&path("")).expect("a directory");
    disk.sync_directory("/".as_ref()).expect("synced");
    disk
}

#[test]
fn what_a_process_has_written_survives_its_death_and_its_locks_do_not() {
    let machine = machine(1);
    let disk = settled(&machine);
    let file = disk.create(&path("a"), 100).expect("a file");
    file.write_at(b"abc", 7).expect("written");
    let lock = disk.lock(&path("lock"), true).expect("no error").expect("free");
    assert!(lock.is_held());
    let other = machine.process();
    assert!(other.lock(&path("lock"), false).expect("no error").is_none(), "held by another");
    machine.kill(disk.process());
    assert!(!lock.is_held());
    assert!(file.write_at(b"x", 0).is_err(), "the dead don't write");
    assert!(other.lock(&path("lock"), false).expect("no error").is_some(), "free");
    assert_eq!(&read(&*other.open(&path("a")).expect("there"))[7..10], b"abc");
}

#[test]
fn a_loss_of_power_keeps_what_was_synced_and_some_sectors_of_the_rest() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..200 {
        let machine = machine(seed);
        let disk = settled(&machine);
        let file = disk.create(&path("a"), 4096).expect("a file");
        file.write_at(&[1; 4096], 0).expect("written");
        file.sync().expect("synced");
        disk.sync_directory(&path("")).expect("synced");
        file.write_at(&[2; 1024], 1000).expect("written");
        machine.lose_power();
        let bytes = read(&*machine.process().open(&path("a")).expect("there"));
        assert!(bytes[..1000].iter().chain(&bytes[2024..]).all(|byte| *byte == 1));
        for (from, to) in [(1000, 1024), (1024, 1536), (1536, 2024)] {
            let sector = &bytes[from..to];
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is written whole or not at all");
            if sector[0] == 2 { kept += 1 } else { lost += 1 }
        }
    }
    assert!(kept > 100 && lost > 100, "{kept} kept, {lost} lost");
}

#[test]
fn a_sync_that_fails_is_forgotten_by_the_next_one() {
    let mut lost = 0;
    for seed in 0..100 {
        let machine = machine(seed);
        let disk = settled(&machine);
        let file = disk.create(&path("a"), 8 * 512).expect("a file");
        disk.sync_directory(&path("")).expect("synced");
        file.write_at(&[1; 8 * 512], 0).expect("written");
        let mut rates = Rates::default();
        rates.set(Fault::SyncError, 1_000_000);
        machine.set_rates(rates);
        assert!(file.sync().is_err());
        machine.set_rates(Rates::default());
        file.sync().expect("believes that all is written");
        assert_eq!(read(&*file), [1; 8 * 512], "in the cache it is");
        machine.lose_power();
        let bytes = read(&*machine.process().open(&path("a")).expect("there"));
        lost += usize::from(bytes.contains(&0));
    }
    assert!(lost > 0);
}

#[test]
fn names_that_were_not_synced_may_be_as_before_and_a_rename_is_whole() {
    let (mut old, mut new) = (0, 0);
    for seed in 0..200 {
        let machine = machine(seed);
        let disk = settled(&machine);
        disk.make_directory(&path("from")).expect("made");
        disk.make_directory(&path("to")).expect("made");
        disk.create(&path("from/a"), 8).expect("made").write_at(b"a", 0).expect("written");
        disk.create(&path("to/a"), 8).expect("made").write_at(b"b", 0).expect("written");
        for name in ["", "from", "to"] {
            disk.sync_directory(&path(name)).expect("synced");
        }
        disk.rename(&path("from/a"), &path("to/a")).expect("renamed");
        assert!(disk.open(&path("from/a")).is_err());
        machine.lose_power();
        let disk = machine.process();
        let is_old = disk.open(&path("from/a")).is_ok();
        assert!(disk.open(&path("to/a")).is_ok());
        if is_old { old += 1 } else { new += 1 }
    }
    assert!(old > 50 && new > 50, "{old} old, {new} new");
}

#[test]
fn a_directory_does_not_vanish_with_what_is_in_it() {
    for seed in 0..200 {
        let machine = machine(seed);
        let disk = settled(&machine);
        disk.make_directory(&path("d")).expect("made");
        drop(disk.create(&path("d/a"), 8).expect("made"));
        disk.sync_directory(&path("")).expect("synced");
        disk.sync_directory(&path("d")).expect("synced");
        disk.remove_file(&path("d/a")).expect("removed");
        disk.remove_directory(&path("d")).expect("empty");
        machine.lose_power();
        let disk = machine.process();
        if disk.open(&path("d/a")).is_err() {
            let _ = disk.make_directory(&path("d"));
            assert!(disk.names(&path("d"), 9).expect("a directory").is_empty());
        }
    }
}

#[test]
fn a_write_that_the_process_dies_in_is_there_in_part_and_nothing_is_written_after_it() {
    let mut lengths = BTreeSet::new();
    for seed in 0..200 {
        let machine = machine(seed);
        let disk = settled(&machine);
        let file = disk.create(&path("a"), 10).expect("a file");
        machine.die_in(0);
        assert!(file.write_at(&[1; 10], 0).is_err());
        assert!(!machine.is_alive(disk.process()));
        assert!(disk.create(&path("b"), 1).is_err());
        let bytes = read(&*machine.process().open(&path("a")).expect("there"));
        let length = bytes.iter().take_while(|byte| **byte == 1).count();
        assert!(bytes[length..].iter().all(|byte| *byte == 0), "a beginning");
        lengths.insert(length);
    }
    assert!(lengths.len() == 11, "{lengths:?}");
}

#[test]
fn a_full_disk_takes_writes_where_room_was_reserved_and_no_new_file() {
    let machine = machine(1);
    let disk = settled(&machine);
    let file = disk.create(&path("a"), 60).expect("room");
    machine.set_capacity(100);
    assert_eq!(disk.create(&path("b"), 60).err().and_then(|error| error.raw_os_error()), Some(libc::ENOSPC));
    assert!(file.write_at(&[1; 60], 0).is_ok());
    disk.remove_file(&path("a")).expect("removed");
    assert!(disk.create(&path("b"), 60).is_err(), "an open file keeps its room");
    drop(file);
    assert!(disk.create(&path("b"), 60).is_ok());
}

#[test]
fn every_fault_happens_and_the_same_seed_brings_the_same() {
    let run = |seed: u64| {
        let machine = machine(seed);
        let mut rates = Rates::default();
        for fault in Fault::ALL {
            rates.set(fault, 20_000);
        }
        let mut said = Vec::new();
        let mut disk = settled(&machine);
        machine.set_rates(rates);
        for turn in 0..2000_u64 {
            let name = path(&format!("{}", turn % 7));
            let file = disk.create(&name, 600).or_else(|_| disk.open(&name));
            said.push(match file {
                Ok(file) => {
                    let read = file.read_at(&mut [0; 600], 0);
                    format!("{:?} {:?} {read:?}", file.write_at(&[7; 600], 0), file.sync())
                }
                Err(error) => error.to_string(),
            });
            said.push(format!("{:?}", disk.names(&path(""), 9)));
            let renamed = disk.rename(&name, &path("other"));
            said.push(format!("{renamed:?} {:?}", disk.sync_directory(&path(""))));
            match turn % 500 {
                100 => machine.refuse(true),
                110 => machine.refuse(false),
                200 => drop(machine.flip_bit()),
                250 => machine.mend(),
                300 => machine.set_capacity(1),
                310 => machine.set_capacity(u64::MAX),
                400 => machine.die_in(3),
                450 => machine.lose_power(),
                _ => {}
            }
            if !machine.is_alive(disk.process()) {
                disk = machine.process();
                let _ = disk.make_directories(&path(""));
            }
        }
        for fault in Fault::ALL {
            assert!(machine.fired().of(fault) > 0, "{fault:?}");
        }
        said
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
