// What listeners and streams are told.

/// A decision was made: what a decision listener is told. A plain value, safe to share among threads.
public struct DecisionNotification: Sendable, Hashable {
  /// Which call decided: "flag" for `decide` and its siblings, "ab-test" or "feature-test" for experiments, "feature"
  /// for `isFeatureEnabled` and `enabledFeatures`, "feature-variable", "all-feature-variables".
  public let type: String
  /// The flag's or the experiment's key.
  public let key: String
  /// The visitor's id.
  public let userID: String
  /// The visitor's attributes.
  public let attributes: [String: JSONValue]
  /// What was decided, by the names of Optimizely's SDKs: for "flag" `flagKey`, `enabled`, `variables`, `variationKey`,
  /// `ruleKey`, `reasons`, `decisionEventDispatched`, `experimentId` and `variationId`.
  public let decisionInfo: [String: JSONValue]
}

/// A conversion was accepted: what a track listener is told. A plain value, safe to share among threads.
public struct TrackNotification: Sendable, Hashable {
  /// The event's key.
  public let eventKey: String
  /// The visitor's id.
  public let userID: String
  /// The visitor's attributes.
  public let attributes: [String: JSONValue]
  /// The tags as they were given.
  public let eventTags: [String: JSONValue]
}

/// What a client does by itself: see ``Client/notifications()``. A plain value, safe to share among threads.
public enum ClientNotification: Sendable, Hashable {
  /// A batch of events is about to be posted to `url`; `params` is the post's body.
  case logEvent(url: String, httpVerb: String, params: JSONValue)
  /// A datafile of this revision came into force, after the first one.
  case configUpdate(revision: String)
  /// The server refused an event for good, with this HTTP status; `key` is the event key, or the rule key of an
  /// impression.
  case deadLetter(uuid: String, key: String, reason: String, httpStatus: Int)
  /// An event was given up for another reason.
  case drop(uuid: String, key: String, reason: String)
  /// Something was logged, which then does not go to standard error. `level` is 1 for errors to 4 for every step.
  case log(level: Int, message: String, eventKey: String?, flagKey: String?, status: String?, httpStatus: Int?)
}

/// The kinds of ``ClientNotification``.
public struct NotificationTypes: OptionSet, Sendable, Hashable {
  /// The bits as the C library has them.
  public let rawValue: UInt32

  /// Kinds from bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// ``ClientNotification/logEvent(url:httpVerb:params:)``.
  public static let logEvent = Self(rawValue: PackedNotification.logEvent)
  /// ``ClientNotification/configUpdate(revision:)``.
  public static let configUpdate = Self(rawValue: PackedNotification.configUpdate)
  /// ``ClientNotification/deadLetter(uuid:key:reason:httpStatus:)``.
  public static let deadLetter = Self(rawValue: PackedNotification.deadLetter)
  /// ``ClientNotification/drop(uuid:key:reason:)``.
  public static let drop = Self(rawValue: PackedNotification.drop)
  /// ``ClientNotification/log(level:message:eventKey:flagKey:status:httpStatus:)``.
  public static let log = Self(rawValue: PackedNotification.log)
}

extension PackedNotification {
  // The header's OPT_NOTIFICATION_….
  static let decision: UInt32 = 1
  static let track: UInt32 = 2
  static let logEvent: UInt32 = 4
  static let configUpdate: UInt32 = 8
  static let deadLetter: UInt32 = 16
  static let drop: UInt32 = 32
  static let log: UInt32 = 64
}

extension DecisionNotification {
  init(_ raw: PackedNotification) throws {
    let payload = try JSONValue(parsing: raw.payload)
    key = raw.key
    type = payload["type"]?.string ?? ""
    userID = payload["userId"]?.string ?? ""
    attributes = payload["attributes"]?.object ?? [:]
    decisionInfo = payload["decisionInfo"]?.object ?? [:]
  }
}

extension TrackNotification {
  init(_ raw: PackedNotification) throws {
    let payload = try JSONValue(parsing: raw.payload)
    eventKey = raw.key
    userID = payload["userId"]?.string ?? ""
    attributes = payload["attributes"]?.object ?? [:]
    eventTags = payload["eventTags"]?.object ?? [:]
  }
}

extension ClientNotification {
  /// Nil for what a later library tells that this package does not know.
  init?(_ raw: PackedNotification) throws {
    let payload = try JSONValue(parsing: raw.payload)
    switch raw.type {
    case PackedNotification.logEvent:
      self = .logEvent(
        url: payload["url"]?.string ?? raw.key, httpVerb: payload["httpVerb"]?.string ?? "",
        params: payload["params"] ?? .null)
    case PackedNotification.configUpdate:
      self = .configUpdate(revision: payload["revision"]?.string ?? raw.key)
    case PackedNotification.deadLetter:
      self = .deadLetter(
        uuid: payload["uuid"]?.string ?? "", key: raw.key, reason: payload["reason"]?.string ?? "",
        httpStatus: payload["httpStatus"]?.int ?? 0)
    case PackedNotification.drop:
      self = .drop(
        uuid: payload["uuid"]?.string ?? "", key: raw.key, reason: payload["reason"]?.string ?? "")
    case PackedNotification.log:
      self = .log(
        level: payload["level"]?.int ?? 0, message: payload["message"]?.string ?? raw.key,
        eventKey: payload["eventKey"]?.string, flagKey: payload["flagKey"]?.string,
        status: payload["status"]?.string, httpStatus: payload["httpStatus"]?.int)
    default:
      return nil
    }
  }
}
