//! The tree of directories: what of their names lies on the platter, and what only the cache holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path};

use super::faults::error;
use super::file::File;
use crate::simulation::Dice;

/// A file or directory, by whatever name.
pub(super) type Inode = u64;

pub(super) const ROOT: Inode = 0;

pub(super) enum Node {
    File(File),
    Directory(Directory),
}

/// A directory as processes see it, and what of it the platter does not know yet.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) names: BTreeMap<OsString, Inode>,
    synced: BTreeMap<OsString, Inode>,
    unsynced: Vec<Change>,
}

/// A change of names; one that is in two directories happens in both or in neither.
struct Change {
    number: u64,
    inode: Inode,
    name: OsString,
    /// The name leads to it now, or no more.
    is_link: bool,
}

/// All of a disk.
pub(super) struct Tree {
    nodes: BTreeMap<Inode, Node>,
    next_inode: Inode,
    changes: u64,
}

impl Default for Tree {
    fn default() -> Self {
        let nodes = [(ROOT, Node::Directory(Directory::default()))].into();
        Self { nodes, next_inode: ROOT + 1, changes: 0 }
    }
}

impl Tree {
    pub(super) fn file(&mut self, inode: Inode) -> io::Result<&mut File> {
        match self.nodes.get_mut(&inode) {
            Some(Node::File(file)) => Ok(file),
            Some(Node::Directory(_)) => Err(error(libc::EISDIR)),
            None => Err(error(libc::ENOENT)),
        }
    }

    pub(super) fn directory(&mut self, inode: Inode) -> io::Result<&mut Directory> {
        match self.nodes.get_mut(&inode) {
            Some(Node::Directory(directory)) => Ok(directory),
            Some(Node::File(_)) => Err(error(libc::ENOTDIR)),
            None => Err(error(libc::ENOENT)),
        }
    }

    pub(super) fn is_directory(&self, inode: Inode) -> bool {
        matches!(self.nodes.get(&inode), Some(Node::Directory(_)))
    }

    /// All files that have a name or are open.
    pub(super) fn files(&mut self) -> impl Iterator<Item = (Inode, &mut File)> {
        self.nodes.iter_mut().filter_map(|(inode, node)| match node {
            Node::File(file) => Some((*inode, file)),
            Node::Directory(_) => None,
        })
    }

    /// Bytes that files take, for as long as somebody can reach them.
    pub(super) fn used(&mut self) -> u64 {
        let reachable = self.files().filter(|(_, file)| file.has_name || file.handles > 0);
        reachable.map(|(_, file)| file.bytes.len() as u64).sum()
    }

    /// Where a path leads.
    pub(super) fn find(&mut self, path: &Path) -> io::Result<Inode> {
        let mut inode = ROOT;
        for component in path.components() {
            if let Component::Normal(name) = component {
                inode = *self.directory(inode)?.names.get(name).ok_or_else(|| error(libc::ENOENT))?;
            }
        }
        Ok(inode)
    }

    /// The directory that holds a path's last name, and that name.
    pub(super) fn parent<'p>(&mut self, path: &'p Path) -> io::Result<(Inode, &'p OsStr)> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(error(libc::EINVAL));
        };
        let inode = self.find(above)?;
        self.directory(inode)?;
        Ok((inode, name))
    }

    /// Adds a file or directory under a name that is free.
    pub(super) fn add(&mut self, path: &Path, mut node: Node) -> io::Result<Inode> {
        let (parent, name) = self.parent(path)?;
        if self.directory(parent)?.names.contains_key(name) {
            return Err(error(libc::EEXIST));
        }
        if let Node::File(file) = &mut node {
            file.has_name = true;
        }
        let inode = self.next_inode;
        self.next_inode += 1;
        self.nodes.insert(inode, node);
        self.change(parent, name, inode, true)?;
        self.changes += 1;
        Ok(inode)
    }

    /// Takes a name away.
    pub(super) fn remove(&mut self, path: &Path, is_directory: bool) -> io::Result<()> {
        let inode = self.find(path)?;
        match self.nodes.get(&inode) {
            Some(Node::Directory(_)) if !is_directory => return Err(error(libc::EISDIR)),
            Some(Node::File(_)) if is_directory => return Err(error(libc::ENOTDIR)),
            Some(Node::Directory(directory)) if !directory.names.is_empty() => {
                return Err(error(libc::ENOTEMPTY));
            }
            _ => {}
        }
        let (parent, name) = self.parent(path)?;
        self.change(parent, name, inode, false)?;
        self.changes += 1;
        self.nameless(inode);
        Ok(())
    }

    /// Gives a file or directory another name.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let inode = self.find(from)?;
        let (new_parent, new_name) = self.parent(to)?;
        let replaced = self.directory(new_parent)?.names.get(new_name).copied().filter(|old| *old != inode);
        let (old_parent, old_name) = self.parent(from)?;
        self.change(old_parent, old_name, inode, false)?;
        self.change(new_parent, new_name, inode, true)?;
        self.changes += 1;
        if let Some(replaced) = replaced {
            self.nameless(replaced);
        }
        Ok(())
    }

    fn change(&mut self, parent: Inode, name: &OsStr, inode: Inode, is_link: bool) -> io::Result<()> {
        let number = self.changes;
        let directory = self.directory(parent)?;
        if is_link {
            directory.names.insert(name.to_owned(), inode);
        } else {
            directory.names.remove(name);
        }
        directory.unsynced.push(Change { number, inode, name: name.to_owned(), is_link });
        Ok(())
    }

    fn nameless(&mut self, inode: Inode) {
        if let Some(Node::File(file)) = self.nodes.get_mut(&inode) {
            file.has_name = false;
        }
        self.forget(inode);
    }

    /// Notes that a file is open once less.
    pub(super) fn close(&mut self, inode: Inode) {
        if let Some(Node::File(file)) = self.nodes.get_mut(&inode) {
            file.handles = file.handles.saturating_sub(1);
        }
        self.forget(inode);
    }

    /// A file that has neither name nor handle is no more, unless the platter still knows its name, or may yet.
    fn forget(&mut self, inode: Inode) {
        let is_known = self.nodes.values().any(|node| match node {
            Node::Directory(directory) => {
                directory.synced.values().any(|known| *known == inode)
                    || directory.unsynced.iter().any(|change| change.inode == inode)
            }
            Node::File(_) => false,
        });
        if let Some(Node::File(file)) = self.nodes.get(&inode) {
            if !file.has_name && file.handles == 0 && !is_known {
                self.nodes.remove(&inode);
            }
        }
    }

    /// Makes the names of a directory known to the platter, and every change that has to come before those: earlier ones of
    /// the same file, and of a directory that is removed, those that emptied it.
    pub(super) fn sync_directory(&mut self, inode: Inode) -> io::Result<()> {
        let mut last = BTreeMap::<Inode, u64>::new();
        let mut open: Vec<Inode> = vec![inode];
        self.directory(inode)?;
        while let Some(inode) = open.pop() {
            let Ok(directory) = self.directory(inode) else { continue };
            for change in &directory.unsynced {
                let known = last.entry(change.inode).or_default();
                if change.number >= *known {
                    *known = change.number + 1;
                    open.extend((!change.is_link).then_some(change.inode));
                }
            }
        }
        for node in self.nodes.values_mut() {
            if let Node::Directory(directory) = node {
                directory.settle(|change| last.get(&change.inode).is_some_and(|last| change.number < *last));
            }
        }
        let nameless: Vec<Inode> =
            self.files().filter(|(_, file)| !file.has_name).map(|(inode, _)| inode).collect();
        for inode in nameless {
            self.forget(inode);
        }
        Ok(())
    }

    /// What is left of a disk when the power comes back.
    pub(super) fn lose_power(&mut self, dice: &Dice) {
        let kept = self.kept_changes(dice);
        self.lose_names(ROOT, &kept);
        self.changes = 0;
        let mut reachable = Vec::new();
        let mut open = vec![ROOT];
        while let Some(inode) = open.pop() {
            reachable.push(inode);
            if let Some(Node::Directory(directory)) = self.nodes.get(&inode) {
                open.extend(directory.names.values());
            }
        }
        reachable.sort_unstable();
        self.nodes.retain(|inode, _| reachable.binary_search(inode).is_ok());
        for (_, file) in self.files() {
            file.has_name = true;
            file.lose_power(dice);
        }
    }

    /// Which changes of names a loss of power leaves: of one file those up to some point, for they are written in order.
    fn kept_changes(&self, dice: &Dice) -> Vec<bool> {
        let mut inodes = vec![ROOT; self.changes as usize];
        for node in self.nodes.values() {
            if let Node::Directory(directory) = node {
                for change in &directory.unsynced {
                    inodes[change.number as usize] = change.inode;
                }
            }
        }
        let mut lost = BTreeSet::new();
        let keep = |inode: &Inode| {
            let is_kept = dice.chance(1, 2) && !lost.contains(inode);
            if !is_kept {
                lost.insert(*inode);
            }
            is_kept
        };
        inodes.iter().map(keep).collect()
    }

    /// Settles the names below a directory: the changes that are kept, but no removal of a directory that has names.
    fn lose_names(&mut self, inode: Inode, kept: &[bool]) {
        let Ok(directory) = self.directory(inode) else { return };
        let mut below: Vec<Inode> = directory.synced.values().copied().collect();
        below.extend(directory.unsynced.iter().map(|change| change.inode));
        for child in below {
            if self.is_directory(child) {
                self.lose_names(child, kept);
            }
        }
        let is_empty = |nodes: &BTreeMap<Inode, Node>, inode: &Inode| match nodes.get(inode) {
            Some(Node::Directory(directory)) => directory.synced.is_empty(),
            _ => true,
        };
        let Ok(directory) = self.directory(inode) else { return };
        let changes = std::mem::take(&mut directory.unsynced);
        let mut names = std::mem::take(&mut directory.synced);
        for change in changes.into_iter().filter(|change| kept[change.number as usize]) {
            if change.is_link {
                names.insert(change.name, change.inode);
            } else if is_empty(&self.nodes, &change.inode) {
                names.remove(&change.name);
            }
        }
        if let Ok(directory) = self.directory(inode) {
            directory.names.clone_from(&names);
            directory.synced = names;
        }
    }
}

impl Directory {
    /// Lets the platter know of some changes.
    fn settle(&mut self, is_known: impl Fn(&Change) -> bool) {
        let (known, unsynced) = std::mem::take(&mut self.unsynced).into_iter().partition(is_known);
        self.unsynced = unsynced;
        for change in Vec::from_iter::<Vec<Change>>(known) {
            if change.is_link {
                self.synced.insert(change.name, change.inode);
            } else {
                self.synced.remove(&change.name);
            }
        }
    }
}
