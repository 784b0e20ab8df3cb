// A JSON value as flags, notifications and bandits carry it, with whole numbers and doubles told apart.

/// A JSON value: what a variable holds, and what notifications tell.
///
/// A number that is written without fraction and exponent and fits 64 bits is ``int(_:)``, any other is ``double(_:)``.
///
/// A plain value, safe to share among threads.
public enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number of 64 bits.
  case int(Int64)
  /// Any other number.
  case double(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object; of two members with one name the last wins.
  case object([String: JSONValue])

  /// Reads a JSON text.
  ///
  /// - Throws: ``OptError/badValue(_:)`` that says at which byte the text is no JSON, or nested deeper than 256 levels.
  public init(parsing text: String) throws { self = try JSONReader.read(text) }

  /// The value as compact JSON; NaN and infinities, which JSON has not, as `null`.
  public var text: String {
    var writer = JSONWriter()
    writer.append(self)
    return writer.text
  }

  /// A member of an object; nil where there is none.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// An element of a list; nil where there is none.
  public subscript(index: Int) -> JSONValue? {
    if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
  }

  /// The boolean; nil for any other value.
  public var bool: Bool? {
    if case .bool(let boolean) = self { boolean } else { nil }
  }

  /// The whole number; nil for any other value, doubles without fraction too.
  public var int: Int? {
    if case .int(let integer) = self { Int(exactly: integer) } else { nil }
  }

  /// The number as a double, whole numbers too; nil for any other value.
  public var double: Double? {
    switch self {
    case .double(let number): number
    case .int(let integer): Double(integer)
    default: nil
    }
  }

  /// The text; nil for any other value.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The elements of a list; nil for any other value.
  public var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object; nil for any other value.
  public var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// True for `null`.
  public var isNull: Bool { self == .null }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON.
  public var description: String { text }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// `nil` is ``JSONValue/null``.
  public init(nilLiteral: ()) { self = .null }
  /// `true` and `false` are ``JSONValue/bool(_:)``.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Whole numbers are ``JSONValue/int(_:)``.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// Numbers with a point or an exponent are ``JSONValue/double(_:)``.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// Texts, interpolated ones too, are ``JSONValue/string(_:)``.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Lists are ``JSONValue/array(_:)``.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Dictionaries are ``JSONValue/object(_:)``; of two members with one name the last wins.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}
