//! The flat trees against a naive evaluator, written as the specification has the rules.

use proptest::prelude::*;

use super::Truth;
use super::tree::evaluate;
use crate::datafile::{Node, Op, Tree};

/// A tree as people draw it.
#[derive(Clone, Debug)]
enum Naive {
    Leaf(Truth),
    List(Op, Vec<Naive>),
}

fn naive(tree: &Naive) -> Truth {
    let Naive::List(op, operands) = tree else {
        let Naive::Leaf(truth) = tree else { unreachable!() };
        return *truth;
    };
    let values: Vec<Truth> = operands.iter().map(naive).collect();
    let has = |truth| values.contains(&truth);
    match op {
        Op::And if has(Truth::False) => Truth::False,
        Op::Or if has(Truth::True) => Truth::True,
        Op::And | Op::Or if has(Truth::Unknown) => Truth::Unknown,
        Op::And => Truth::True,
        Op::Or => Truth::False,
        Op::Not => match values.first() {
            Some(Truth::True) => Truth::False,
            Some(Truth::False) => Truth::True,
            _ => Truth::Unknown,
        },
    }
}

fn flatten(tree: &Naive, nodes: &mut Vec<Node<Truth>>) {
    match tree {
        Naive::Leaf(truth) => nodes.push(Node::Leaf(*truth)),
        Naive::List(op, operands) => {
            let at = nodes.len();
            nodes.push(Node::Branch { op: *op, end: 0 });
            for operand in operands {
                flatten(operand, nodes);
            }
            nodes[at] = Node::Branch { op: *op, end: nodes.len() as u32 };
        }
    }
}

fn truth() -> impl Strategy<Value = Truth> {
    prop_oneof![Just(Truth::True), Just(Truth::False), Just(Truth::Unknown)]
}

fn tree() -> impl Strategy<Value = Naive> {
    let op = || prop_oneof![Just(Op::And), Just(Op::Or), Just(Op::Not)];
    truth().prop_map(Naive::Leaf).prop_recursive(12, 64, 4, move |inner| {
        (op(), proptest::collection::vec(inner, 0..4)).prop_map(|(op, operands)| Naive::List(op, operands))
    })
}

proptest! {
    #[test]
    fn the_flat_evaluation_equals_the_naive_one(tree in tree()) {
        let mut nodes = Vec::new();
        flatten(&tree, &mut nodes);
        let flat = Tree { nodes: nodes.into() };
        prop_assert_eq!(evaluate(&flat, |truth| *truth), naive(&tree));
    }
}

#[test]
fn operands_that_change_nothing_are_not_looked_at() {
    let nodes = [
        Node::Branch { op: Op::And, end: 4 },
        Node::Leaf(Truth::Unknown),
        Node::Leaf(Truth::False),
        Node::Leaf(Truth::True),
    ];
    let mut looked = 0;
    let result = evaluate(&Tree { nodes: Box::new(nodes) }, |truth| {
        looked += 1;
        *truth
    });
    assert_eq!((result, looked), (Truth::False, 2));
}

#[test]
fn trees_deeper_than_the_inline_frames_come_out_right() {
    for depth in [1_u32, 7, 8, 9, 100, 500] {
        let mut nodes: Vec<_> = (0..depth).map(|_| Node::Branch { op: Op::Not, end: depth + 1 }).collect();
        nodes.push(Node::Leaf(Truth::True));
        let expected = if depth % 2 == 0 { Truth::True } else { Truth::False };
        assert_eq!(evaluate(&Tree { nodes: nodes.into() }, |truth| *truth), expected, "{depth}");
    }
}
