// What opt_call_packed answers, read out of its bytes.

/// A prediction without which the library can't make a call.
struct PackedNeed: Sendable, Equatable {
  let ruleID: String
  let cmabUUID: String
  /// The request's body as Optimizely's prediction service takes it.
  let body: String
}

/// A notification as the library tells it; `payload` is JSON.
struct PackedNotification: Sendable, Equatable {
  let type: UInt32
  let key: String
  let payload: String
}

/// An answer; `Body` is what the call itself gives.
struct PackedAnswer<Body> {
  /// Why the call failed, with or without a body; nil if it did not.
  let error: OptError?
  /// The profile to save, as JSON; nil if it did not change.
  let changedProfile: String?
  /// Predictions to be had before the call can be made.
  let needed: [PackedNeed]
  let notifications: [PackedNotification]
  let body: Body?

  init(_ bytes: UnsafeRawBufferPointer, error: OptError?, body read: (inout PackedReader) throws -> Body) throws {
    var reader = PackedReader(bytes)
    let version = try reader.integer(UInt8.self)
    guard version == PackedRequest.version else { throw OptError.badAnswer("version \(version)") }
    let hasBody = try reader.integer(UInt8.self) != 0
    _ = try reader.integer(UInt16.self)
    changedProfile = try reader.integer(UInt8.self) != 0 ? try reader.text() : nil
    needed = try reader.list { try PackedNeed(ruleID: $0.text(), cmabUUID: $0.text(), body: $0.text()) }
    notifications = try reader.list {
      try PackedNotification(type: $0.integer(UInt32.self), key: $0.text(), payload: $0.text())
    }
    body = hasBody ? try read(&reader) : nil
    try reader.end()
    self.error = error
  }

  /// The body of a call that gives one or fails.
  func result() throws -> Body {
    if let error { throw error }
    guard let body else { throw OptError.badAnswer("no body") }
    return body
  }
}

extension PackedAnswer: Sendable where Body: Sendable {}

/// Reads the packed form; what is cut short is an error, not an overrun.
struct PackedReader {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func take(_ count: Int) throws -> Slice<UnsafeRawBufferPointer> {
    guard count <= bytes.count - at else { throw OptError.badAnswer("an end at byte \(bytes.count)") }
    defer { at += count }
    return bytes[at..<at + count]
  }

  mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
    let slice = try take(MemoryLayout<Number>.size)
    return Number(littleEndian: UnsafeRawBufferPointer(rebasing: slice).loadUnaligned(as: Number.self))
  }

  mutating func text() throws -> String {
    String(decoding: try take(Int(try integer(UInt32.self))), as: UTF8.self)
  }

  mutating func list<Item>(_ item: (inout PackedReader) throws -> Item) throws -> [Item] {
    let count = try integer(UInt32.self)
    var items: [Item] = []
    for _ in 0..<count { items.append(try item(&self)) }
    return items
  }

  func end() throws {
    guard at == bytes.count else { throw OptError.badAnswer("\(bytes.count - at) bytes left over") }
  }
}

extension PackedReader {
  /// A decision, as `decide` and its siblings give it.
  mutating func decision() throws -> Decision {
    var decision = Decision()
    decision.enabled = try integer(UInt8.self) != 0
    decision.impression = .init(UInt32(try integer(UInt8.self)))
    decision.source = .init(UInt32(try integer(UInt8.self)))
    let present = try integer(UInt8.self)
    let status = StatusCode(bitPattern: try integer(UInt32.self))
    if present & 1 != 0 { decision.flagKey = try text() }
    if present & 2 != 0 { decision.ruleKey = try text() }
    if present & 4 != 0 { decision.variationKey = try text() }
    if present & 8 != 0 { decision.ruleID = try text() }
    if present & 16 != 0 { decision.variationID = try text() }
    if present & 32 != 0 { decision.cmabUUID = try text() }
    decision.variables = try Variables(json: try text())
    decision.reasons = try list { try $0.text() }
    let (explained, json) = try (text(), text())
    decision.explanation = json.isEmpty ? nil : .init(text: explained, json: json)
    decision.error = OptError(status: status, message: decision.reasons.first)
    return decision
  }
}

extension OptError {
  /// For an answer that this package can't read, which the library promises not to give.
  static func badAnswer(_ what: String) -> OptError {
    .internal(Report(message: "the library's answer has \(what)", place: "", isRetriable: false))
  }
}
