// Text and typed pairs across the boundary: Swift values lent to C for the length of a call, C text copied into Swift.
internal import COptTrack

extension String {
  /// Lends the text to `body`, without a copy where Swift holds it as UTF-8 already.
  func withText<Result>(_ body: (opt_str) throws -> Result) rethrows -> Result {
    var text = self
    return try text.withUTF8 { try body(opt_str(UnsafeRawBufferPointer($0))) }
  }

  /// A copy of what the library lent; nil where it says that there is none.
  init?(_ text: opt_str) {
    guard let data = text.data else { return nil }
    self.init(decoding: UnsafeRawBufferPointer(start: data, count: text.len), as: UTF8.self)
  }
}

extension opt_str {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) {
    self.init(data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), len: bytes.count)
  }
}

/// Lends texts to `body` as an array.
func withTexts<Result>(
  _ texts: [String], _ body: (UnsafePointer<opt_str>?, Int) throws -> Result
) rethrows -> Result {
  let size = texts.reduce(0) { $0 + $1.utf8.count }
  return try withArray(of: texts, textSize: size, convert: { text, block in block.append(text) }, body)
}

/// Lends attributes or tags to `body` as an array of pairs.
func withPairs<Result>(
  _ values: [String: Value], _ body: (UnsafePointer<opt_pair>?, Int) throws -> Result
) rethrows -> Result {
  let size = values.reduce(0) { $0 + $1.key.utf8.count + $1.value.textSize }
  return try withArray(
    of: values, textSize: size,
    convert: { pair, block in opt_pair(key: block.append(pair.key), value: pair.value.lent(by: &block)) },
    body)
}

/// Lends `items` to `body` as an array of C structs, which `convert` makes with their texts in a block of `textSize`
/// bytes. One block, so that one pointer has to be kept alive instead of one for each text; array and block lie on the
/// stack where they are small.
private func withArray<Items: Collection, Struct, Result>(
  of items: Items, textSize: Int, convert: (Items.Element, inout TextBlock) -> Struct,
  _ body: (UnsafePointer<Struct>?, Int) throws -> Result
) rethrows -> Result {
  try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: textSize) { bytes in
    try withUnsafeTemporaryAllocation(of: Struct.self, capacity: items.count) { array in
      var block = TextBlock(free: bytes[...])
      for (index, item) in items.enumerated() {
        array.initializeElement(at: index, to: convert(item, &block))
      }
      return try body(UnsafePointer(array.baseAddress), items.count)
    }
  }
}

/// Memory that texts are written into, one after the other. A text that finds no room is a trap, not an overrun.
private struct TextBlock {
  var free: Slice<UnsafeMutableBufferPointer<UInt8>>

  mutating func append(_ text: String) -> opt_str {
    let end = free.initialize(fromContentsOf: text.utf8)
    defer { free = free[end...] }
    return opt_str(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: free[..<end])))
  }
}

extension Value {
  fileprivate var textSize: Int {
    if case .string(let text) = self { text.utf8.count } else { 0 }
  }

  /// The value as C reads it, its text in `block`.
  fileprivate func lent(by block: inout TextBlock) -> opt_value {
    switch self {
    case .null: opt_null()
    case .bool(let boolean): opt_bool(boolean)
    case .int(let integer): opt_int(integer)
    case .double(let number): opt_double(number)
    case .string(let text): opt_string(block.append(text))
    }
  }
}
