// Reads JSON (RFC 8259) into values. Foundation's reader is not used: it forgets which numbers were whole.

struct JSONReader {
  /// Past this, reading stops before the thread's stack does.
  private static let deepest = 256

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var depth = 0

  /// The value that `text` is.
  static func read(_ text: String) throws -> JSONValue {
    var text = text
    return try text.withUTF8 { bytes in
      var reader = JSONReader(bytes: bytes)
      let value = try reader.value()
      reader.skipSpace()
      guard reader.at == bytes.count else { throw reader.trouble("the end of the text") }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func trouble(_ expected: String) -> OptError {
    .badValue(.init(message: "not JSON at byte \(at): \(expected) is expected", place: "", isRetriable: false))
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  /// Steps over `byte` if it comes next.
  private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ byte: Unicode.Scalar) throws {
    guard skip(byte) else { throw trouble("'\(byte)'") }
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(_ body: (inout JSONReader) throws -> JSONValue) throws -> JSONValue {
    guard depth < Self.deepest else { throw trouble("less than \(Self.deepest) levels") }
    depth += 1
    defer { depth -= 1 }
    at += 1
    return try body(&self)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    let end = at + word.utf8CodeUnitCount
    let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard end <= bytes.count, bytes[at..<end].elementsEqual(expected) else { throw trouble("\(word)") }
    at = end
    return value
  }

  private mutating func object() throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    skipSpace()
    if skip("}") { return .object(members) }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(":")
      members[key] = try value()
      skipSpace()
    } while skip(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if skip("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while skip(",")
    try expect("]")
    return .array(elements)
  }

  // --- numbers ---

  private mutating func digits() throws {
    let start = at
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
    guard at > start else { throw trouble("a digit") }
  }

  private mutating func number() throws -> JSONValue {
    let start = at
    var isWhole = true
    let isNegative = skip("-")
    guard let first = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      throw trouble(isNegative ? "a digit" : "a value")
    }
    // Nothing but a point or an exponent may follow a leading zero.
    if first == UInt8(ascii: "0") { at += 1 } else { try digits() }
    if skip(".") {
      isWhole = false
      try digits()
    }
    if skip("e") || skip("E") {
      isWhole = false
      if !skip("+") { _ = skip("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .int(integer) }
    guard let number = Double(text), number.isFinite else { throw trouble("a number that a double can hold") }
    return .double(number)
  }

  // --- texts ---

  private mutating func string() throws -> String {
    try expect("\"")
    let start = at
    while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { at += 1 }
    if next == UInt8(ascii: "\"") {
      defer { at += 1 }
      return String(decoding: bytes[start..<at], as: UTF8.self)
    }
    return try escapedString(begun: Array(bytes[start..<at]))
  }

  /// The rest of a text in which an escape was met.
  private mutating func escapedString(begun: [UInt8]) throws -> String {
    var text = begun
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        at += 1
        text.append(contentsOf: String(try escape()).utf8)
      case 0x00..<0x20:
        throw trouble("an escape in place of a control character")
      default:
        text.append(byte)
        at += 1
      }
    }
    throw trouble("the text's closing quote")
  }

  /// What stands behind a backslash.
  private mutating func escape() throws -> Unicode.Scalar {
    for (letter, meaning) in Self.escapes where skip(letter) { return meaning }
    guard skip("u") else { throw trouble("an escape") }
    let unit = try hexUnit()
    guard UTF16.isLeadSurrogate(unit) else {
      guard let scalar = Unicode.Scalar(unit) else { throw trouble("the first half of a surrogate pair") }
      return scalar
    }
    guard skip("\\"), skip("u") else { throw trouble("the second half of a surrogate pair") }
    let second = try hexUnit()
    guard UTF16.isTrailSurrogate(second) else { throw trouble("the second half of a surrogate pair") }
    return Unicode.Scalar(0x1_0000 + UInt32(unit & 0x3FF) << 10 + UInt32(second & 0x3FF)) ?? "\u{FFFD}"
  }

  private static let escapes: [(Unicode.Scalar, Unicode.Scalar)] = [
    ("\"", "\""), ("\\", "\\"), ("/", "/"), ("b", "\u{8}"), ("f", "\u{C}"), ("n", "\n"), ("r", "\r"), ("t", "\t"),
  ]

  private mutating func hexUnit() throws -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw trouble("a hexadecimal digit")
      }
      unit = unit << 4 | UInt16(digit)
      at += 1
    }
    return unit
  }
}
