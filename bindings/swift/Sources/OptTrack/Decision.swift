// What was decided for a user.
internal import COptTrack

/// What was decided for a user. A plain value, safe to share among threads.
public struct Decision: Sendable, Hashable {
  /// The flag decided; nil for `activate` and `getVariation`, which speak of experiments.
  public internal(set) var flagKey: String?
  /// The experiment, delivery rule or holdout that decided; nil if no rule did.
  public internal(set) var ruleKey: String?
  /// The variation; nil if the user gets none.
  public internal(set) var variationKey: String?
  /// True if the variation enables the flag.
  public internal(set) var enabled = false
  /// What became of the impression.
  public internal(set) var impression = Impression.suppressed
  /// The kind of rule that decided; ``Source/rollout`` if none did.
  public internal(set) var source = Source.rollout
  /// The id of the rule; nil if no rule decided.
  public internal(set) var ruleID: String?
  /// The id of the variation; nil if the user gets none.
  public internal(set) var variationID: String?
  /// The id under which a contextual bandit gave the variation; nil if none did.
  public internal(set) var cmabUUID: String?
  /// The flag's variables for this user; empty with ``DecideOptions/excludeVariables``, for an error decision, and for
  /// experiments.
  public internal(set) var variables = Variables.none
  /// Why it was decided so, a sentence each. Errors always; the rest with ``DecideOptions/includeReasons``.
  public internal(set) var reasons: [String] = []
  /// The way to the decision, step by step; nil without ``DecideOptions/includeReasons``.
  public internal(set) var explanation: Explanation?
  /// Why this is an error decision (not enabled, no variation, no variables); nil for every other decision.
  ///
  /// ``OptError/unknownFlag(_:)``, ``OptError/notReady(_:)``, ``OptError/predictionFailed(_:)`` if a bandit's
  /// prediction could not be had; ``OptError/invalidArgument(_:)`` for options that the library does not know; and what
  /// else kept the library from deciding, such as ``OptError/outOfMemory(_:)``.
  public internal(set) var error: OptError?

  /// What became of a decision's impression. A decision stands, whatever became of it.
  public enum Impression: Sendable, Hashable {
    /// None was due, or an option suppressed it.
    case suppressed
    /// It was accepted and will be delivered.
    case accepted
    /// It was refused: the queue is full, or memory or randomness could not be had.
    case queueFull
    /// It was refused: the client is closed.
    case closed
    /// It was refused: with this user's attributes it is larger than the Events API takes.
    case tooLarge
    /// What a later library says that this package does not know.
    case unknown(UInt32)
  }

  /// The kind of rule that decided.
  public enum Source: Sendable, Hashable {
    /// An experiment, asked for by its own key.
    case experiment
    /// An experiment of the flag, or a forced decision.
    case featureTest
    /// A delivery rule, or no rule.
    case rollout
    /// A holdout.
    case holdout
    /// What a later library says that this package does not know.
    case unknown(UInt32)
  }

  /// How a decision came about. A plain value, safe to share among threads.
  public struct Explanation: Sendable, Hashable {
    /// For people: lines of text.
    public let text: String
    /// For programs: a JSON text.
    public let json: String
  }
}

extension Decision {
  /// The decision as other SDKs write it: a JSON object with `flagKey`, `ruleKey`, `variationKey` (null where there is
  /// none), `enabled`, `variables` and `reasons`.
  public var json: String {
    var writer = JSONWriter()
    for (name, text) in [("{\"flagKey\":", flagKey), (",\"ruleKey\":", ruleKey), (",\"variationKey\":", variationKey)] {
      writer.append(raw: name)
      writer.append(text.map(JSONValue.string) ?? .null)
    }
    writer.append(raw: ",\"enabled\":\(enabled),\"variables\":\(variables.json),\"reasons\":")
    writer.append(.array(reasons.map(JSONValue.string)))
    writer.append(raw: "}")
    return writer.text
  }

  /// The decision where the library gave none: an error decision.
  init(flagKey: String, error: OptError) {
    self.flagKey = flagKey
    self.error = error
    reasons = [error.report.message]
  }
}

extension Decision.Impression {
  init(_ status: UInt32) {
    switch status {
    case UInt32(OPT_EVENT_SUPPRESSED): self = .suppressed
    case UInt32(OPT_EVENT_ACCEPTED): self = .accepted
    case UInt32(OPT_EVENT_QUEUE_FULL): self = .queueFull
    case UInt32(OPT_EVENT_CLOSED): self = .closed
    case UInt32(OPT_EVENT_TOO_LARGE): self = .tooLarge
    default: self = .unknown(status)
    }
  }
}

extension Decision.Source {
  init(_ source: UInt32) {
    switch source {
    case UInt32(OPT_SOURCE_EXPERIMENT): self = .experiment
    case UInt32(OPT_SOURCE_FEATURE_TEST): self = .featureTest
    case UInt32(OPT_SOURCE_ROLLOUT): self = .rollout
    case UInt32(OPT_SOURCE_HOLDOUT): self = .holdout
    default: self = .unknown(source)
    }
  }
}
