// One call as bytes: what opt_call_packed takes, user and all, so that a call crosses into the library once.

/// The calls that cross in this form; the numbers are the header's OPT_PACKED_….
enum PackedCall: UInt8, CaseIterable {
  case track = 1
  case activate = 2
  case getVariation = 3
  case isFeatureEnabled = 4
  case getEnabledFeatures = 5
  case decide = 6
  case decideForKeys = 7
  case decideAll = 8
  case getFeatureVariable = 9
  case getAllFeatureVariables = 10

  /// Does the call decide, and so look into the visitor's profile?
  var decides: Bool { self != .track }

  /// Do decide options count for the call, the client's defaults too?
  var takesOptions: Bool { self == .decide || self == .decideForKeys || self == .decideAll }

  /// Room that its answer seldom exceeds; where it does, the call is made again with what it takes.
  var usualAnswerSize: Int { self == .decideForKeys || self == .decideAll ? 32_768 : 4_096 }
}

/// A call, before it is bytes.
struct PackedRequest: Sendable {
  /// A prediction that was asked of this side.
  struct Prediction: Sendable, Equatable {
    let ruleID: String
    /// Nil if it could not be had.
    let variationID: String?
    let cmabUUID: String
  }

  /// When an event happened, in milliseconds since 1970, and its uuid; empty: one is made.
  struct Stamp: Sendable {
    let milliseconds: Int64
    let uuid: String
  }

  static let version: UInt8 = 1

  let call: PackedCall
  let user: User
  /// The event, experiment or flag key.
  var key = ""
  var options: DecideOptions = []
  var flagKeys: [String] = []
  var variableKey = ""
  var variableType: UInt32 = 0
  var tags: [String: Value] = [:]
  /// The caller's own time and uuid of a conversion; they cross beside the bytes.
  var stamp: Stamp?
  /// Is the answer to carry the notifications that the call causes?
  var notifies = false
  /// The looked-up profile as JSON, empty if there is none yet; nil if this side looked nothing up.
  var profile: String?
  /// Are missing predictions asked of this side?
  var predicts = false
  var predictions: [Prediction] = []

  init(_ call: PackedCall, for user: User, key: String = "", options: DecideOptions = []) {
    self.call = call
    self.user = user
    self.key = key
    self.options = options
  }

  private var flags: UInt16 { (notifies ? 1 : 0) | (profile != nil ? 2 : 0) | (predicts ? 4 : 0) }

  /// The bytes that cross.
  func encoded() -> [UInt8] {
    var bytes = PackedWriter()
    bytes.append(Self.version)
    bytes.append(call.rawValue)
    bytes.append(flags)
    bytes.append(options.rawValue)
    bytes.append(key)
    bytes.append(list: flagKeys) { $0.append($1) }
    bytes.append(variableKey)
    bytes.append(variableType)
    append(user, to: &bytes)
    if let profile { bytes.append(profile) }
    bytes.append(list: predictions) { bytes, prediction in
      bytes.append(prediction.ruleID)
      bytes.append(UInt8(prediction.variationID == nil ? 0 : 1))
      bytes.append(prediction.variationID ?? "")
      bytes.append(prediction.cmabUUID)
    }
    return bytes.bytes
  }

  /// The user, with the call's tags between.
  private func append(_ user: User, to bytes: inout PackedWriter) {
    bytes.append(user.id)
    for pairs in [user.attributes, tags] {
      bytes.append(list: pairs) { bytes, pair in
        bytes.append(pair.key)
        bytes.append(pair.value)
      }
    }
    if let segments = user.qualifiedSegments {
      bytes.append(list: segments) { $0.append($1) }
    } else {
      bytes.append(UInt32.max)
    }
    bytes.append(list: user.forcedDecisions) { bytes, forced in
      bytes.append(forced.flagKey)
      bytes.append(forced.ruleKey)
      bytes.append(forced.variationKey)
    }
  }
}

/// Bytes as the packed form has them: integers little-endian, texts behind their length.
struct PackedWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(512) }

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A text. One whose length 32 bits can't hold makes a request that the library refuses.
  mutating func append(_ text: String) {
    append(UInt32(clamping: text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func append<Items: Collection>(list: Items, _ item: (inout PackedWriter, Items.Element) -> Void) {
    append(UInt32(clamping: list.count))
    for element in list { item(&self, element) }
  }

  mutating func append(_ value: Value) {
    switch value {
    case .null:
      append(UInt8(0))
    case .bool(let boolean):
      append(UInt8(1))
      append(UInt8(boolean ? 1 : 0))
    case .int(let integer):
      append(UInt8(2))
      append(integer)
    case .double(let number):
      append(UInt8(3))
      append(number.bitPattern)
    case .string(let text):
      append(UInt8(4))
      append(text)
    }
  }
}
