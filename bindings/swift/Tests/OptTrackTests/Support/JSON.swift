// JSON as the tests read and write it: decoded from the collector, spelled as Swift literals where it is expected.

enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// A member of an object, null where there is none.
  subscript(key: String) -> JSON {
    if case .object(let members) = self { members[key] ?? .null } else { .null }
  }

  /// An object with other members in place of those it has.
  func with(_ others: [String: JSON]) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.merging(others) { $1 })
  }

  /// An object without some of its members.
  func without(_ keys: String...) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !keys.contains($0.key) })
  }

  /// An element of an array, null where there is none.
  subscript(index: Int) -> JSON { elements.indices.contains(index) ? elements[index] : .null }

  var elements: [JSON] {
    if case .array(let elements) = self { elements } else { [] }
  }

  var int: Int64? {
    if case .int(let integer) = self { integer } else { nil }
  }

  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The elements of an array of objects, in the order of one member's text.
  func sorted(by key: String) -> JSON {
    .array(elements.sorted { ($0[key].string ?? "") < ($1[key].string ?? "") })
  }
}

extension JSON: Decodable {
  init(from decoder: any Decoder) throws {
    // The commonest kinds first: a kind that is tried in vain costs an error.
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let members = try? container.decode([String: JSON].self) {
      self = .object(members)
    } else if let elements = try? container.decode([JSON].self) {
      self = .array(elements)
    } else if let integer = try? container.decode(Int64.self) {
      self = .int(integer)
    } else if let boolean = try? container.decode(Bool.self) {
      self = .bool(boolean)
    } else if container.decodeNil() {
      self = .null
    } else {
      self = .double(try container.decode(Double.self))
    }
  }
}

extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int64) { self = .int(value) }
  init(floatLiteral value: Double) { self = .double(value) }
  init(stringLiteral value: String) { self = .string(value) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
}
