//! A file: what of it lies on the platter, and what only the cache holds, sector by sector.

use std::collections::BTreeMap;

use crate::simulation::Dice;

/// What a disk writes at once: after a loss of power a sector is as it was or as it was to be.
const SECTOR: usize = 512;

type Sector = Box<[u8; SECTOR]>;

/// A file as processes see it, and what of it the platter has otherwise.
#[derive(Default)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    /// What the platter holds where it differs.
    unsynced: BTreeMap<usize, Sector>,
    /// The same where a sync has failed: the cache believes these sectors written.
    forgotten: BTreeMap<usize, Sector>,
    /// The length that the platter knows.
    synced_length: usize,
    /// Handles that are open.
    pub(super) handles: u32,
    pub(super) has_name: bool,
    pub(super) is_broken: bool,
    /// The lock's number, and the process that holds it.
    pub(super) lock: Option<(u64, u32)>,
    /// Who wrote last.
    pub(super) writer: Option<u32>,
}

impl File {
    /// A file of zeros that somebody has just opened.
    pub(super) fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], handles: 1, ..Self::default() }
    }

    /// Writes, past the end too.
    pub(super) fn write(&mut self, bytes: &[u8], at: usize) {
        let end = at + bytes.len();
        if bytes.is_empty() {
            return;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        for sector in at / SECTOR..end.div_ceil(SECTOR) {
            if !self.unsynced.contains_key(&sector) {
                let on_platter = self.forgotten.remove(&sector).unwrap_or_else(|| self.sector(sector));
                self.unsynced.insert(sector, on_platter);
            }
        }
        self.bytes[at..end].copy_from_slice(bytes);
    }

    fn sector(&self, sector: usize) -> Sector {
        let mut copy = Box::new([0; SECTOR]);
        let start = (sector * SECTOR).min(self.bytes.len());
        let end = (start + SECTOR).min(self.bytes.len());
        copy[..end - start].copy_from_slice(&self.bytes[start..end]);
        copy
    }

    pub(super) fn sync(&mut self) {
        self.unsynced.clear();
        self.synced_length = self.bytes.len();
    }

    /// A sync that fails: some sectors reach the platter, and of the others nobody knows any more.
    pub(super) fn fail_sync(&mut self, dice: &Dice) {
        for (sector, on_platter) in std::mem::take(&mut self.unsynced) {
            if dice.chance(1, 2) {
                self.forgotten.insert(sector, on_platter);
            }
        }
    }

    /// The system writes some sectors back by itself.
    pub(super) fn write_back(&mut self, dice: &Dice) {
        self.unsynced.retain(|_, _| dice.chance(1, 2));
    }

    pub(super) fn has_used_bytes(&self) -> bool {
        self.has_name && self.bytes.iter().any(|byte| *byte != 0)
    }

    /// Turns a bit, on the platter and in the cache.
    pub(super) fn flip_bit(&mut self, dice: &Dice) {
        let used = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let (at, bit) = (dice.index(used), 1 << dice.below(8));
        self.bytes[at] ^= bit;
        for platter in [&mut self.unsynced, &mut self.forgotten] {
            if let Some(sector) = platter.get_mut(&(at / SECTOR)) {
                sector[at % SECTOR] ^= bit;
            }
        }
    }

    /// What is left when the power comes back.
    pub(super) fn lose_power(&mut self, dice: &Dice) {
        let length = if self.bytes.len() > self.synced_length && dice.chance(1, 2) {
            self.synced_length
        } else {
            self.bytes.len()
        };
        let unsynced = std::mem::take(&mut self.unsynced);
        let lost = unsynced.into_iter().filter(|_| dice.chance(1, 2)).collect::<Vec<_>>();
        for (sector, on_platter) in lost.into_iter().chain(std::mem::take(&mut self.forgotten)) {
            let start = sector * SECTOR;
            let end = (start + SECTOR).min(self.bytes.len());
            self.bytes[start..end].copy_from_slice(&on_platter[..end - start]);
        }
        self.bytes.truncate(length);
        self.synced_length = length;
        self.handles = 0;
        self.lock = None;
        self.writer = None;
        self.is_broken = false;
    }
}
