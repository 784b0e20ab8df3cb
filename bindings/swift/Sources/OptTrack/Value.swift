// The typed value of an attribute or an event tag, and the literals that make one.

/// A typed value of an attribute or an event tag.
///
/// Literals make values, so attributes and tags read as they would in JSON:
///
/// ```swift
/// let tags: [String: Value] = ["revenue": 4200, "method": "card", "gift": true, "weight": 1.5]
/// ```
///
/// The Events API takes finite numbers only. A tag that is `null`, NaN or infinite, and an attribute that is NaN,
/// infinite or beyond 2^53, is left out of the event, logged by its key and counted in ``Stats/ignoredValues``; the
/// event itself is kept.
///
/// A plain value, safe to share among threads.
public enum Value: Sendable, Hashable {
  /// No value: an attribute that is known to have none.
  case null
  /// True or false.
  case bool(Bool)
  /// A 64-bit whole number. As a tag it keeps all its digits.
  case int(Int64)
  /// A double.
  case double(Double)
  /// A text of any length; NUL characters in it are data.
  case string(String)

  /// A value from a boolean that is no literal.
  public init(_ boolean: Bool) { self = .bool(boolean) }

  /// A value from a whole number that is no literal.
  public init(_ integer: Int) { self = .int(Int64(integer)) }

  /// A value from a double that is no literal.
  public init(_ number: Double) { self = .double(number) }

  /// A value from a text that is no literal.
  public init(_ text: String) { self = .string(text) }
}

extension Value: ExpressibleByNilLiteral {
  /// `nil` is ``Value/null``.
  public init(nilLiteral: ()) { self = .null }
}

extension Value: ExpressibleByBooleanLiteral {
  /// `true` and `false` are ``Value/bool(_:)``.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Value: ExpressibleByIntegerLiteral {
  /// Whole numbers are ``Value/int(_:)``.
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension Value: ExpressibleByFloatLiteral {
  /// Numbers with a point or an exponent are ``Value/double(_:)``.
  public init(floatLiteral value: Double) { self = .double(value) }
}

extension Value: ExpressibleByStringInterpolation {
  /// Texts, interpolated ones too, are ``Value/string(_:)``.
  public init(stringLiteral value: String) { self = .string(value) }
}
