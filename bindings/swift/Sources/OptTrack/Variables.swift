// The variables of a flag, read by type.
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The variables of a flag as they are for a user.
///
/// ```swift
/// let columns = try decision.variables.int("columns")
/// let theme = try decision.variables.decode("theme", as: Theme.self)
/// ```
///
/// A plain value, safe to share among threads.
public struct Variables: Sendable, Hashable {
  /// The values by variable key. `null` stands for a text in the datafile that can't be read as the variable's type.
  public let values: [String: JSONValue]

  /// All variables as one JSON object, as the library wrote it.
  public let json: String

  /// What was wrong with some of them, for ``Client/allFeatureVariables(of:for:)``: ``OptError/partial(_:)`` if one
  /// can't be read as its type. A decision says so in its ``Decision/reasons`` instead.
  public let error: OptError?

  /// The value of a variable; nil if the flag has no such variable.
  public subscript(key: String) -> JSONValue? { values[key] }

  /// A variable of type boolean.
  ///
  /// - Throws: ``OptError/unknownVariable(_:)``; ``OptError/badValue(_:)`` if its text in the datafile can't be read as
  ///   its type; ``OptError/wrongType(_:)``.
  public func bool(_ key: String) throws -> Bool { try value(key, "boolean", \.bool) }

  /// A variable of type integer.
  ///
  /// - Throws: as ``bool(_:)``.
  public func int(_ key: String) throws -> Int { try value(key, "integer", \.int) }

  /// A variable of type double, or that of type integer as a double.
  ///
  /// - Throws: as ``bool(_:)``.
  public func double(_ key: String) throws -> Double { try value(key, "double", \.double) }

  /// A variable of type string.
  ///
  /// - Throws: as ``bool(_:)``.
  public func string(_ key: String) throws -> String { try value(key, "string", \.string) }

  /// A variable of any type, as JSON.
  ///
  /// - Throws: ``OptError/unknownVariable(_:)``.
  public func value(_ key: String) throws -> JSONValue {
    guard let value = values[key] else {
      throw OptError.unknownVariable(Self.report("the flag has no variable \"\(key)\""))
    }
    return value
  }

  /// A variable, decoded into a type of yours. Meant for variables of type JSON, but takes any.
  ///
  /// - Throws: ``OptError/unknownVariable(_:)``; `DecodingError` if the value is not as the type wants it.
  public func decode<Model: Decodable>(_ key: String, as type: Model.Type) throws -> Model {
    try decodeJSON(try value(key).text, as: type)
  }

  /// All variables, decoded into a type of yours that has a property for each variable it wants.
  ///
  /// - Throws: `DecodingError`.
  public func decode<Model: Decodable>(as type: Model.Type) throws -> Model { try decodeJSON(json, as: type) }

  private func value<Answer>(_ key: String, _ type: String, _ read: (JSONValue) -> Answer?) throws -> Answer {
    let found = try value(key)
    if let answer = read(found) { return answer }
    guard !found.isNull else {
      throw OptError.badValue(Self.report("the datafile's value of variable \"\(key)\" can't be read as its type"))
    }
    throw OptError.wrongType(Self.report("variable \"\(key)\" is not of type \(type)"))
  }

  private static func report(_ message: String) -> OptError.Report {
    .init(message: message, place: "variable_key", isRetriable: false)
  }
}

extension Variables {
  /// No variables at all.
  static let none = Variables(values: [:], json: "{}", error: nil)

  /// Variables as the library writes them: a JSON object.
  init(json: String, error: OptError? = nil) throws {
    guard case .object(let values) = try JSONValue(parsing: json) else {
      throw OptError.badAnswer("variables that are no JSON object")
    }
    self.init(values: values, json: json, error: error)
  }
}

/// Reads a JSON text into a type of the caller's.
func decodeJSON<Model: Decodable>(_ json: String, as type: Model.Type) throws -> Model {
  try JSONDecoder().decode(type, from: Data(json.utf8))
}
