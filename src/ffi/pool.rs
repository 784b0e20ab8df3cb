//! Decision handles are lent by the thread: a decision that is freed leaves its memory for the next one, so that a
//! steady stream of decisions allocates nothing.

#![expect(clippy::vec_box, clippy::unnecessary_box_returns, reason = "the boxes themselves are what is kept")]

use std::cell::RefCell;

use super::decision::opt_decision;
use crate::client::Decision;

/// Handles a thread keeps: more than it has at once in any loop over single decisions.
const KEPT: usize = 8;

thread_local! {
    static SPARE: RefCell<Vec<Box<opt_decision>>> = const { RefCell::new(Vec::new()) };
}

/// A handle around a decision.
pub(super) fn lend(decision: Decision) -> Box<opt_decision> {
    let spare = SPARE.try_with(|spare| spare.try_borrow_mut().ok()?.pop());
    match spare.ok().flatten() {
        Some(mut handle) => {
            handle.put(decision);
            handle
        }
        None => Box::new(opt_decision::new(decision)),
    }
}

/// Takes a handle back; what the decision held goes at once. While the thread ends, the handle goes too.
pub(super) fn give_back(mut handle: Box<opt_decision>) {
    handle.clear();
    let _ = SPARE.try_with(move |spare| {
        if let Ok(mut spare) = spare.try_borrow_mut() {
            if spare.len() < KEPT {
                spare.push(handle);
            }
        }
    });
}
