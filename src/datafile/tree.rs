//! Trees of conditions, compiled from JSON text to a flat array without recursion, so that hostile nesting costs
//! neither stack nor time. Rule: SPEC, section 2.3.

use std::borrow::Cow;

/// Levels of lists and objects a condition tree may nest.
const MAX_LEVELS: usize = 512;

/// A tree in pre-order: an operator's operands follow it, up to its `end`.
#[derive(Debug)]
pub struct Tree<L> {
    /// Never empty; the first node is the root.
    pub nodes: Box<[Node<L>]>,
}

/// One node of a tree.
#[derive(Debug)]
pub enum Node<L> {
    /// An operator and the index past its last operand.
    Branch {
        /// What joins the operands.
        op: Op,
        /// Index past the last node below this one.
        end: u32,
    },
    /// An audience or a condition.
    Leaf(L),
}

/// What joins operands; a list without an operator is an `Or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// All.
    And,
    /// Any.
    Or,
    /// The opposite of the first operand.
    Not,
}

/// A leaf as JSON has it.
pub(super) enum RawLeaf<'a> {
    Text(Cow<'a, str>),
    /// The JSON of an object.
    Object(&'a str),
    /// The JSON of a number, true, false or null.
    Scalar(&'a str),
}

/// The operator of that name; operators are lower-case.
#[must_use]
pub fn operator(text: &str) -> Option<Op> {
    match text {
        "and" => Some(Op::And),
        "or" => Some(Op::Or),
        "not" => Some(Op::Not),
        _ => None,
    }
}

/// Compiles valid JSON to a tree; `None` if it nests too deep.
pub(super) fn compile<'a, L>(json: &'a str, mut leaf: impl FnMut(RawLeaf<'a>) -> L) -> Option<Tree<L>> {
    let mut nodes = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut is_first = false;
    for token in Scanner::new(json) {
        match token {
            Token::Open => {
                if open.len() == MAX_LEVELS {
                    return None;
                }
                open.push(nodes.len());
                nodes.push(Node::Branch { op: Op::Or, end: 0 });
                is_first = true;
                continue;
            }
            Token::Close => {
                let past = nodes.len() as u32;
                if let Some(Node::Branch { end, .. }) = open.pop().and_then(|index| nodes.get_mut(index)) {
                    *end = past;
                }
            }
            Token::Text(text) => match operator(&text).filter(|_| is_first) {
                Some(found) => {
                    if let Some(Node::Branch { op, .. }) = nodes.last_mut() {
                        *op = found;
                    }
                }
                None => nodes.push(Node::Leaf(leaf(RawLeaf::Text(text)))),
            },
            Token::Object(object) => {
                if open.len() + levels(object) > MAX_LEVELS {
                    return None;
                }
                nodes.push(Node::Leaf(leaf(RawLeaf::Object(object))));
            }
            Token::Scalar(scalar) => nodes.push(Node::Leaf(leaf(RawLeaf::Scalar(scalar)))),
        }
        is_first = false;
    }
    Some(Tree::of(nodes))
}

impl<L> Tree<L> {
    /// A tree of nodes in pre-order.
    pub(super) fn of(nodes: Vec<Node<L>>) -> Self {
        Self { nodes: without_idle(nodes).into() }
    }
}

/// Takes out each "and" and "or" that joins a single operand, whose value is its own: audiences as Optimizely writes
/// them have one at nearly every level.
fn without_idle<L>(nodes: Vec<Node<L>>) -> Vec<Node<L>> {
    let is_idle = |index: usize, op: Op, end: u32| {
        op != Op::Not
            && match nodes.get(index + 1).filter(|_| index + 1 < end as usize) {
                Some(Node::Leaf(_)) => end as usize == index + 2,
                Some(Node::Branch { end: inner, .. }) => *inner == end,
                None => false,
            }
    };
    let idle = nodes.iter().enumerate().map(|(index, node)| match node {
        Node::Branch { op, end } => is_idle(index, *op, *end),
        Node::Leaf(_) => false,
    });
    let idle: Vec<bool> = idle.collect();
    // How many are taken out before each index.
    let mut gone = Vec::with_capacity(nodes.len() + 1);
    gone.push(0);
    for is_idle in &idle {
        gone.push(gone[gone.len() - 1] + u32::from(*is_idle));
    }
    let kept = nodes.into_iter().zip(idle).filter(|(_, is_idle)| !is_idle);
    kept.map(|(node, _)| match node {
        Node::Branch { op, end } => Node::Branch { op, end: end - gone[end as usize] },
        leaf @ Node::Leaf(_) => leaf,
    })
    .collect()
}

/// How many lists and objects are inside each other at most in valid JSON.
pub(super) fn levels(json: &str) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at) - 1,
            b'[' | b'{' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The index past the closing quote of the string that begins at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Walks the lists of valid JSON; objects come whole.
pub struct Scanner<'a> {
    json: &'a str,
    at: usize,
}

/// What a walk through lists meets.
pub enum Token<'a> {
    /// A list begins.
    Open,
    /// A list ends.
    Close,
    /// A text.
    Text(Cow<'a, str>),
    /// The JSON of an object.
    Object(&'a str),
    /// The JSON of a number, true, false or null.
    Scalar(&'a str),
}

impl<'a> Scanner<'a> {
    /// A walk from the start.
    #[must_use]
    pub fn new(json: &'a str) -> Self {
        Self { json, at: 0 }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.json.as_bytes();
        while matches!(bytes.get(self.at)?, b' ' | b'\t' | b'\n' | b'\r' | b',') {
            self.at += 1;
        }
        let start = self.at;
        let token = match bytes[start] {
            b'[' => {
                self.at += 1;
                Token::Open
            }
            b']' => {
                self.at += 1;
                Token::Close
            }
            b'"' => {
                self.at = string_end(bytes, start);
                let quoted = &self.json[start..self.at];
                // Valid JSON but for lone surrogates, which no id and no operator has.
                Token::Text(text(quoted).unwrap_or(Cow::Borrowed(quoted)))
            }
            b'{' => {
                self.at = object_end(bytes, start);
                Token::Object(&self.json[start..self.at])
            }
            _ => {
                let rest = &self.json[start..];
                let length = rest.find([',', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                self.at += length;
                Token::Scalar(&rest[..length])
            }
        };
        Some(token)
    }
}

fn object_end(bytes: &[u8], mut at: usize) -> usize {
    let mut level = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'[' | b'{' => level += 1,
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if level == 0 {
            return at;
        }
    }
    bytes.len()
}

/// The text that a JSON string says, borrowed unless it has escapes; `None` for other JSON, and for a lone surrogate.
#[must_use]
pub fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}
