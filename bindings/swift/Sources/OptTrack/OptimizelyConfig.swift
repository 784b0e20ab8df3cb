// The project as a client sees it: OptimizelyConfig, for reports and for handing on.
internal import COptTrack

/// The experiments, flags and audiences of the datafile in force, by the names of Optimizely's SDKs; encoded, it is
/// their JSON.
///
/// A plain value, safe to share among threads.
public struct OptimizelyConfig: Sendable, Hashable, Codable {
  /// The environment's key; empty if the datafile does not say.
  public var environmentKey: String
  /// The SDK key; empty if the datafile does not say.
  public var sdkKey: String
  /// The datafile's revision.
  public var revision: String
  /// Experiments by key, those of groups too. Meant for projects without flags: of two experiments with one key only
  /// the last is here, and ``Feature/experimentRules`` has both.
  public var experimentsMap: [String: Experiment]
  /// Flags by key.
  public var featuresMap: [String: Feature]
  /// Attributes in the datafile's order.
  public var attributes: [Attribute]
  /// Audiences.
  public var audiences: [Audience]
  /// Events in the datafile's order.
  public var events: [Event]

  /// The datafile's own text, byte for byte. Not part of the JSON: empty in a value that was decoded from it.
  public internal(set) var datafile = ""

  private enum CodingKeys: CodingKey {
    case environmentKey, sdkKey, revision, experimentsMap, featuresMap, attributes, audiences, events
  }

  /// An experiment or a delivery rule.
  public struct Experiment: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
    /// Who is let in, such as `"us" OR "female"`; empty for everybody.
    public var audiences: String
    /// Variations by key.
    public var variationsMap: [String: Variation]
  }

  /// A variation.
  public struct Variation: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
    /// Does it enable the flag? Nil if the datafile says nothing.
    public var featureEnabled: Bool?
    /// The flag's variables by key, with this variation's values.
    public var variablesMap: [String: Variable]
  }

  /// A variable with a value.
  public struct Variable: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
    /// "boolean", "integer", "double", "string" or "json".
    public var type: String
    /// The value as the datafile writes it.
    public var value: String
  }

  /// A flag.
  public struct Feature: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
    /// Its experiments, in the order in which they are tried.
    public var experimentRules: [Experiment]
    /// Its delivery rules, in the order in which they are tried.
    public var deliveryRules: [Experiment]
    /// Variables by key, with their default values.
    public var variablesMap: [String: Variable]
    /// The experiments by key. Use ``experimentRules``; this is here for programs that know it from other SDKs.
    public var experimentsMap: [String: Experiment]
  }

  /// An attribute.
  public struct Attribute: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
  }

  /// An audience.
  public struct Audience: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its name.
    public var name: String
    /// Its conditions, as JSON.
    public var conditions: String
  }

  /// An event.
  public struct Event: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its key.
    public var key: String
    /// The experiments that use it.
    public var experimentIds: [String]
  }
}

extension Client {
  /// The project that the datafile in force describes, and the datafile's text. A copy, to be kept if it is needed
  /// often.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/notReady(_:)``, ``OptError/outOfMemory(_:)``.
  public func optimizelyConfig() throws -> OptimizelyConfig {
    var raw: OpaquePointer?
    defer { opt_config_free(raw) }
    try withHandle { client in try check { opt_client_get_optimizely_config(client, &raw, $0) } }
    do {
      var config = try decodeJSON(String(opt_config_json(raw)) ?? "", as: OptimizelyConfig.self)
      config.datafile = String(opt_config_datafile(raw)) ?? ""
      return config
    } catch {
      throw OptError.badAnswer("an OptimizelyConfig that can't be read: \(error)")
    }
  }
}
