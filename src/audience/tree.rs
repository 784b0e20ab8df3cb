//! Three-valued evaluation of a tree, without recursion. Rule: SPEC, section 2.3.

use super::Truth;
use crate::datafile::{Node, Op, Tree};

/// Frames kept on the stack; trees of people nest two or three levels, deeper ones go to the heap.
const INLINE: usize = 8;

/// An operator whose operands are being evaluated.
#[derive(Clone, Copy)]
struct Frame {
    op: Op,
    result: Truth,
    end: u32,
}

impl Frame {
    const EMPTY: Self = Self { op: Op::Or, end: 0, result: Truth::False };

    fn new(op: Op, end: u32) -> Self {
        // What no operand at all comes to.
        let result = match op {
            Op::And => Truth::True,
            Op::Or => Truth::False,
            Op::Not => Truth::Unknown,
        };
        Self { op, result, end }
    }

    /// Takes an operand in; true if the others can't change the result any more.
    fn take(&mut self, operand: Truth) -> bool {
        match (self.op, operand) {
            (Op::And, Truth::False) | (Op::Or, Truth::True) => {
                self.result = operand;
                true
            }
            (Op::And | Op::Or, Truth::Unknown) => {
                self.result = Truth::Unknown;
                false
            }
            (Op::And, Truth::True) | (Op::Or, Truth::False) => false,
            (Op::Not, operand) => {
                self.result = match operand {
                    Truth::True => Truth::False,
                    Truth::False => Truth::True,
                    Truth::Unknown => Truth::Unknown,
                };
                true
            }
        }
    }
}

/// Evaluates a tree; operands that can't change the result are not looked at.
pub(super) fn evaluate<L>(tree: &Tree<L>, mut leaf: impl FnMut(&L) -> Truth) -> Truth {
    if let [Node::Leaf(only)] = &*tree.nodes {
        return leaf(only);
    }
    let mut inline = [Frame::EMPTY; INLINE];
    let mut spilled: Vec<Frame> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(node) = tree.nodes.get(at) {
        at += 1;
        let mut value = match node {
            Node::Leaf(found) => leaf(found),
            Node::Branch { op, end } => {
                let frame = Frame::new(*op, *end);
                if at < frame.end as usize {
                    match inline.get_mut(depth) {
                        Some(place) => *place = frame,
                        None => spilled.push(frame),
                    }
                    depth += 1;
                    continue;
                }
                frame.result
            }
        };
        loop {
            let Some(top) = depth.checked_sub(1) else { return value };
            let frame = match spilled.last_mut() {
                Some(frame) => frame,
                None => &mut inline[top],
            };
            if !frame.take(value) && at < frame.end as usize {
                break;
            }
            at = frame.end as usize;
            value = frame.result;
            spilled.pop();
            depth = top;
        }
    }
    Truth::Unknown
}
