// The variables of a flag for a user, without deciding the flag by `decide`: no impression is recorded.
internal import COptTrack

/// The type of a flag's variable.
public enum VariableType: UInt32, Sendable, Hashable, CaseIterable {
  /// True or false.
  case boolean = 1
  /// A whole number of 64 bits.
  case integer = 2
  /// A double.
  case double = 3
  /// A text.
  case string = 4
  /// Any JSON.
  case json = 5
}

extension Client {
  /// A variable of type boolean, as it is for the user. The flag is decided for it, but for forced decisions; nothing
  /// is recorded.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: ``OptError/unknownFlag(_:)``, ``OptError/unknownVariable(_:)``, ``OptError/wrongType(_:)``,
  /// ``OptError/badValue(_:)`` if the datafile's text can't be read as the variable's type, ``OptError/notReady(_:)``.
  /// A prediction that can't be had counts as no variation.
  public func featureVariableBool(_ variableKey: String, of flagKey: String, for user: User) throws -> Bool {
    try variable(variableKey, flagKey, user, .boolean, \.bool)
  }

  /// A variable of type integer; as ``featureVariableBool(_:of:for:)``.
  public func featureVariableInt(_ variableKey: String, of flagKey: String, for user: User) throws -> Int {
    try variable(variableKey, flagKey, user, .integer, \.int)
  }

  /// A variable of type double; as ``featureVariableBool(_:of:for:)``.
  public func featureVariableDouble(_ variableKey: String, of flagKey: String, for user: User) throws -> Double {
    try variable(variableKey, flagKey, user, .double, \.double)
  }

  /// A variable of type string; as ``featureVariableBool(_:of:for:)``.
  public func featureVariableString(_ variableKey: String, of flagKey: String, for user: User) throws -> String {
    try variable(variableKey, flagKey, user, .string, \.string)
  }

  /// A variable of type JSON; as ``featureVariableBool(_:of:for:)``.
  public func featureVariableJSON(_ variableKey: String, of flagKey: String, for user: User) throws -> JSONValue {
    try variable(variableKey, flagKey, user, .json) { $0 }
  }

  /// A variable of type JSON, decoded into a type of yours; as ``featureVariableBool(_:of:for:)``.
  ///
  /// - Throws: also `DecodingError` if the value is not as the type wants it.
  public func featureVariable<Model: Decodable>(
    _ variableKey: String, of flagKey: String, for user: User, as type: Model.Type
  ) throws -> Model {
    try decodeJSON(try variable(variableKey, flagKey, user, .json) { $0.text }, as: type)
  }

  /// A variable of whichever type, and its type; else as ``featureVariableBool(_:of:for:)``.
  public func featureVariable(
    _ variableKey: String, of flagKey: String, for user: User
  ) throws -> (value: JSONValue, type: VariableType) {
    try variable(variableKey, flagKey, user, nil)
  }

  /// All variables of a flag, as they are for the user. One that can't be read as its type is `null`, and
  /// ``Variables/error`` says so. The flag is decided for it, but for forced decisions; nothing is recorded.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: ``OptError/unknownFlag(_:)``, ``OptError/notReady(_:)``. A prediction that can't be
  /// had counts as no variation.
  public func allFeatureVariables(of flagKey: String, for user: User) throws -> Variables {
    let answer = try call(PackedRequest(.getAllFeatureVariables, for: user, key: flagKey)) { try $0.text() }
    guard case .partial(let report) = answer.error, let json = answer.body else {
      return try Variables(json: answer.result())
    }
    return try Variables(json: json, error: .partial(report))
  }

  private func variable<Answer>(
    _ variableKey: String, _ flagKey: String, _ user: User, _ type: VariableType, _ read: (JSONValue) -> Answer?
  ) throws -> Answer {
    let value = try variable(variableKey, flagKey, user, type).value
    guard let answer = read(value) else { throw OptError.badAnswer("a variable that is no \(type)") }
    return answer
  }

  private func variable(
    _ variableKey: String, _ flagKey: String, _ user: User, _ type: VariableType?
  ) throws -> (value: JSONValue, type: VariableType) {
    var request = PackedRequest(.getFeatureVariable, for: user, key: flagKey)
    request.variableKey = variableKey
    request.variableType = type?.rawValue ?? 0
    let (rawType, json) = try call(request) { (try $0.integer(UInt32.self), try $0.text()) }.result()
    guard let type = VariableType(rawValue: rawType) else { throw OptError.badAnswer("variable type \(rawType)") }
    return (try JSONValue(parsing: json), type)
  }
}
