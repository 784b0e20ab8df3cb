//! The command, against directories of real clients that were killed, and against a collector.

mod import;
mod look;
mod manual;
mod put_back;
mod send;
mod support;

use support::{Folder, Orders};

/// In a child process that another test has started this is the client that is killed.
#[test]
fn a_client_that_is_killed_leaves_its_events() {
    support::record_if_asked();
    let folder = Folder::new();
    let accepted = folder.killed(&Orders::default());
    assert_eq!(accepted.len(), 10);
    let list = folder.list();
    assert_eq!(list["clients"][0]["state"], "orphan");
    assert_eq!(list["clients"][0]["segments"][0]["waiting"], 10);
}
