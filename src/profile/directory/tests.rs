//! What a directory of profiles promises, in directories of the tests' own.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::SystemTime;

use super::*;
use crate::platform::SystemRandom;

/// A directory that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("opttrack-profiles-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn open(&self) -> ProfileDirectory {
        ProfileDirectory::open(self.text(), Arc::new(SystemRandom)).expect("a directory")
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }

    /// Every file below.
    fn files(&self) -> Vec<PathBuf> {
        let entries =
            |path: &Path| fs::read_dir(path).expect("readable").map(|entry| entry.expect("an entry").path());
        entries(&self.0).flat_map(|folder| entries(&folder).collect::<Vec<_>>()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> bool {
        false
    }
}

fn refused(path: &str) -> Error {
    match ProfileDirectory::open(path, Arc::new(SystemRandom)) {
        Ok(_) => panic!("{path:?} was opened"),
        Err(error) => error,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with results")]
fn found(profile: &str) -> std::result::Result<Option<String>, LookupError> {
    Ok(Some(profile.to_owned()))
}

#[test]
fn two_handles_on_one_directory_see_what_the_other_saves() {
    let folder = Folder::new();
    let (one, other) = (folder.open(), folder.open());
    assert_eq!(other.lookup("u"), Ok(None));
    one.save("u", "first").expect("saved");
    assert_eq!(other.lookup("u"), found("first"));
    other.save("u", "second").expect("saved");
    assert_eq!(one.lookup("u"), found("second"));
    assert_eq!(folder.files().len(), 1, "one file a user, and nothing unfinished");
}

#[test]
fn users_have_their_own_profiles_whatever_their_ids_are() {
    let folder = Folder::new();
    let profiles = folder.open();
    let long = "x".repeat(100_000);
    let ids = ["", "a", "A", "../../etc/passwd", "a/b", "nul\0", "ä", ".", "CON", &long];
    for id in ids {
        profiles.save(id, &format!("of {id}")).expect("saved");
    }
    for id in ids {
        assert_eq!(profiles.lookup(id), found(&format!("of {id}")));
        assert_eq!(profiles.lookup(&format!("{id}x")), Ok(None));
    }
    assert_eq!(folder.files().len(), ids.len());
}

#[test]
fn a_users_file_has_the_same_name_for_ever() {
    // FNV-1a of "a" and of nothing, as published, lowest byte first.
    assert_eq!(name("a"), "64894a4e702b9178af8c1a6f69cb28d2");
    assert_eq!(name(""), "8dc595627521b8624201bb072e27626c");
    let names: BTreeSet<_> = (0..10_000).map(|number| name(&format!("user-{number}"))).collect();
    let folders: BTreeSet<_> = names.iter().map(|name| &name[..2]).collect();
    assert_eq!((names.len(), folders.len()), (10_000, 256));
}

#[test]
fn a_file_cut_at_any_length_counts_as_none_until_the_next_save() {
    let folder = Folder::new();
    let profiles = folder.open();
    profiles.save("secret-user", "the profile").expect("saved");
    let path = folder.files().remove(0);
    let whole = fs::read(&path).expect("readable");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        let Err(LookupError::Damaged(error)) = profiles.lookup("secret-user") else { panic!("damaged") };
        let start = format!("a profile in {} is damaged: it", path.parent().expect("a folder").display());
        assert!(error.starts_with(&start), "{error}");
        assert!(!error.contains("secret") && !error.contains(&name("secret-user")[2..]), "{error}");
    }
    profiles.save("secret-user", "another").expect("saved");
    assert_eq!(profiles.lookup("secret-user"), found("another"));
}

#[test]
fn a_file_that_is_far_too_long_is_damaged() {
    let folder = Folder::new();
    let profiles = folder.open();
    profiles.save("u", "p").expect("saved");
    let file = OpenOptions::new().write(true).open(folder.files().remove(0)).expect("a file");
    file.set_len(1 << 40).expect("a file with a hole");
    let Err(LookupError::Damaged(error)) = profiles.lookup("u") else { panic!("too long") };
    assert!(error.contains("its length is not the one"), "{error}");
    let error = profiles.save("u", &"x".repeat(MAX_PROFILE + 1)).expect_err("too long");
    assert!(error.ends_with("can't be written: it is longer than 16777216 bytes"), "{error}");
}

#[test]
fn readers_meet_whole_profiles_while_writers_take_turns() {
    let folder = Folder::new();
    let profile = |writer: usize, round: usize| format!("{writer} ").repeat(1 + 997 * round % 5000);
    let (is_over, start) = (AtomicBool::new(false), Barrier::new(5));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (profiles, start) = (folder.open(), &start);
                scope.spawn(move || {
                    start.wait();
                    for round in 0..200 {
                        profiles.save("u", &profile(writer, round)).expect("saved");
                    }
                })
            })
            .collect();
        let profiles = folder.open();
        profiles.save("u", "0 ").expect("saved");
        let is_over = &is_over;
        let reader = scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let text = profiles.lookup("u").expect("whole").expect("always one");
                let words: BTreeSet<_> = text.split_whitespace().collect();
                assert_eq!(words.len(), 1, "of one writer");
            }
        });
        start.wait();
        let written: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(written.iter().all(std::result::Result::is_ok) && reader.join().is_ok());
    });
    assert_eq!(folder.files().len(), 1, "nothing unfinished is left");
}

#[test]
fn old_leftovers_go_at_open_and_all_else_stays() {
    let folder = Folder::new();
    folder.open().save("u", "p").expect("saved");
    let profile = folder.files().remove(0);
    let neighbour = |suffix: &str| PathBuf::from(format!("{}{suffix}", profile.display()));
    let (old, young) = (neighbour(".0000000000000001.new"), neighbour(".0000000000000002.new"));
    let long_ago = SystemTime::now() - 2 * LEFT_OVER;
    for path in [&old, &young] {
        fs::write(path, "unfinished").expect("written");
    }
    for path in [&old, &profile] {
        let file = OpenOptions::new().write(true).open(path).expect("a file");
        file.set_modified(long_ago).expect("a time");
    }
    let profiles = folder.open();
    let left: BTreeSet<_> = folder.files().into_iter().collect();
    assert_eq!(left, BTreeSet::from([profile, young]));
    assert_eq!(profiles.lookup("u"), found("p"));
}

#[test]
fn a_save_that_fails_leaves_the_former_profile_and_no_file() {
    let folder = Folder::new();
    let profiles = folder.open();
    profiles.save("u", "former").expect("saved");
    let without = ProfileDirectory { path: folder.0.clone(), random: Arc::new(NoRandom) };
    let error = without.save("u", "new").expect_err("no randomness");
    assert!(error.ends_with("can't be written: the system gives no randomness"), "{error}");
    assert_eq!(profiles.lookup("u"), found("former"));

    let path = folder.files().remove(0);
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("a directory in the file's place");
    let error = profiles.save("u", "new").expect_err("no file can be renamed over a directory");
    assert!(error.contains("can't be written: ") && error.contains("os error"), "{error}");
    assert_eq!(folder.files(), [path]);
    let Err(LookupError::Failed(error)) = profiles.lookup("u") else { panic!("a directory") };
    assert!(error.contains("can't be read: "), "{error}");
}

#[test]
fn a_directory_that_vanishes_is_made_again() {
    let folder = Folder::new();
    let profiles = folder.open();
    fs::remove_dir_all(&folder.0).expect("removed");
    assert_eq!(profiles.lookup("u"), Ok(None));
    profiles.save("u", "p").expect("saved");
    assert_eq!(profiles.lookup("u"), found("p"));
}

#[test]
fn a_path_that_is_no_directory_is_refused_by_its_name() {
    for path in ["", "a\0b"] {
        assert_eq!((refused(path).status(), refused(path).place()), (Status::InvalidArgument, "path"));
    }
    let folder = Folder::new();
    fs::write(&folder.0, "a file").expect("written");
    for path in [folder.text().to_owned(), format!("{}/below", folder.text()), "x".repeat(5000)] {
        let error = refused(&path);
        assert_eq!(error.status(), Status::Disk);
        assert!(error.message().contains(&shown(&path)) && error.message().contains("os error"), "{error}");
    }
    fs::remove_file(&folder.0).expect("removed");
}

#[test]
fn a_relative_path_is_resolved_at_open() {
    let here = std::env::current_dir().expect("a working directory");
    let name = format!("opttrack-profiles-relative-{}", std::process::id());
    let profiles = ProfileDirectory::open(&name, Arc::new(SystemRandom)).expect("a directory");
    let _folder = Folder(here.join(&name));
    assert_eq!(profiles.path, here.join(name));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_profiles() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    folder.open().save("u", "p").expect("saved");
    let file = folder.files().remove(0);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    assert_eq!(mode(&folder.0), 0o700);
}
