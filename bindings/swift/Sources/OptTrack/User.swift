// The user context: a value of Swift's own, which every call hands over whole.

/// A visitor: an id, attributes, qualified segments and forced decisions.
///
/// A plain value: copy it, change the copy, share it among threads. It belongs to no client, and there is nothing to
/// free. Make one for each request:
///
/// ```swift
/// let user = User("visitor-1", attributes: ["plan": "gold", "age": 34])
/// ```
public struct User: Sendable, Hashable {
  /// The visitor's id, as it goes out as `visitor_id`. The Events API needs one: events of an empty id are sent, but
  /// logged with a warning.
  public var id: String

  /// Attributes by key. ``bucketingIDKey`` is reserved.
  public var attributes: [String: Value]

  /// The segments that the user qualifies for, as the audience match `qualified` reads them; nil if they were never
  /// fetched.
  public var qualifiedSegments: [String]?

  /// What was forced, in the order it was set.
  private(set) var forcedDecisions: [ForcedDecision] = []

  /// The key of the reserved attribute whose text is what the user is bucketed by instead of the id.
  public static let bucketingIDKey = "$opt_bucketing_id"

  /// A user. Nothing is checked here; what a decision or an event can't use is left out there and logged.
  public init(_ id: String, attributes: [String: Value] = [:], qualifiedSegments: [String]? = nil) {
    self.id = id
    self.attributes = attributes
    self.qualifiedSegments = qualifiedSegments
  }
}

extension User {
  /// One forced decision; the empty rule key is the flag itself.
  struct ForcedDecision: Sendable, Hashable {
    let flagKey: String
    let ruleKey: String
    let variationKey: String

    /// Compared by bytes, as the datafile's keys are.
    func isOf(_ flag: String, _ rule: String?) -> Bool {
      flagKey.utf8.elementsEqual(flag.utf8) && ruleKey.utf8.elementsEqual((rule ?? "").utf8)
    }
  }

  /// Forces the variation that the `decide` calls give this user for a flag: for the flag as a whole, or where a rule
  /// of it is reached. Replaces what was forced there before. Nothing is checked here: where flag, rule or variation
  /// are not in the datafile, the decision is made as if nothing were forced, and its reasons say so.
  ///
  /// - Parameter ruleKey: the rule; nil or empty for the flag as a whole.
  public mutating func setForcedDecision(_ variationKey: String, flag flagKey: String, rule ruleKey: String? = nil) {
    removeForcedDecision(flag: flagKey, rule: ruleKey)
    let forced = ForcedDecision(flagKey: flagKey, ruleKey: ruleKey ?? "", variationKey: variationKey)
    forcedDecisions.append(forced)
  }

  /// The key of the variation that is forced for a flag, or a rule of it; nil if none is.
  public func forcedDecision(flag flagKey: String, rule ruleKey: String? = nil) -> String? {
    forcedDecisions.first { $0.isOf(flagKey, ruleKey) }?.variationKey
  }

  /// Takes back what is forced for a flag, or a rule of it. False if nothing was.
  @discardableResult
  public mutating func removeForcedDecision(flag flagKey: String, rule ruleKey: String? = nil) -> Bool {
    guard let index = forcedDecisions.firstIndex(where: { $0.isOf(flagKey, ruleKey) }) else { return false }
    forcedDecisions.remove(at: index)
    return true
  }

  /// Takes back everything that is forced.
  public mutating func removeAllForcedDecisions() { forcedDecisions = [] }
}
