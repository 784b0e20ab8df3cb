//! Choices out of the bytes of an input; one that has run out of bytes answers zeros and empty texts.

use opttrack::value::Value;

/// Numbers at which rules change.
const DOUBLES: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    1.5,
    -2.5,
    9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    5e-324,
    f64::MAX,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];
const INTEGERS: [i64; 8] = [0, 1, -1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, i64::MIN, i64::MAX];

/// What is left of an input.
#[derive(Clone, Copy)]
pub struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Up to `most` bytes.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.bytes(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn bool(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Below `end`, which is at most 65,536.
    pub fn below(&mut self, end: usize) -> usize {
        let number =
            if end <= 256 { usize::from(self.byte()) } else { usize::from(u16::from_le_bytes(self.array())) };
        number % end
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub fn i64(&mut self) -> i64 {
        match self.byte() {
            choice @ 0..64 => i64::from(choice) - 8,
            choice @ 64..128 => INTEGERS[usize::from(choice) % INTEGERS.len()],
            _ => i64::from_le_bytes(self.array()),
        }
    }

    pub fn f64(&mut self) -> f64 {
        match self.byte() {
            choice @ 0..64 => f64::from(choice) / 2.0 - 8.0,
            choice @ 64..128 => DOUBLES[usize::from(choice) % DOUBLES.len()],
            _ => f64::from_bits(self.u64()),
        }
    }

    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A text of up to 255 bytes, as far as they are UTF-8.
    pub fn text(&mut self) -> &'a str {
        let length = usize::from(self.byte());
        valid(self.bytes(length))
    }

    /// Everything that is left, as far as it is UTF-8.
    pub fn rest_as_text(self) -> &'a str {
        valid(self.0)
    }

    pub fn value(&mut self) -> Given<'a> {
        match self.below(6) {
            0 => Given::Null,
            1 => Given::Bool(self.bool()),
            2 => Given::Int(self.i64()),
            3 => Given::Double(self.f64()),
            _ => Given::Text(self.text()),
        }
    }
}

fn valid(bytes: &[u8]) -> &str {
    let whole = std::str::from_utf8(bytes);
    whole.unwrap_or_else(|error| {
        std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("as far as it is UTF-8")
    })
}

/// A value of an attribute or a tag, as a caller has it.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
}

impl<'a> Given<'a> {
    pub fn value(self) -> Value<'a> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(boolean) => Value::Bool(boolean),
            Self::Int(integer) => Value::Int(integer),
            Self::Double(number) => Value::Double(number),
            Self::Text(text) => Value::Str(text),
        }
    }
}
