// What was decided for a user, copied out of the C library's handle.
internal import COptTrack

/// What was decided for a user. A plain value, safe to share among threads.
public struct Decision: Sendable, Hashable {
  /// The flag decided; nil for `activate` and `getVariation`, which speak of experiments.
  public let flagKey: String?
  /// The experiment, delivery rule or holdout that decided; nil if no rule did.
  public let ruleKey: String?
  /// The variation; nil if the user gets none.
  public let variationKey: String?
  /// True if the variation enables the flag.
  public let enabled: Bool
  /// What became of the impression.
  public let impression: Impression

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
}

/// Options of ``Client/decide(_:for:options:)``; they add up.
public struct DecideOptions: OptionSet, Sendable, Hashable {
  /// The bits as the C library has them.
  public let rawValue: UInt32

  /// Options from bits; ``Client/decide(_:for:options:)`` refuses bits that the library does not know.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Record no impression.
  public static let disableDecisionEvent = DecideOptions(rawValue: UInt32(OPT_DECIDE_DISABLE_DECISION_EVENT))
}

extension Decision {
  /// Makes a call that gives a decision, copies the decision, and frees it, also where the call fails.
  init(
    from call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<OpaquePointer?>) -> StatusCode
  ) throws {
    var decision: OpaquePointer?
    defer { opt_decision_free(decision) }
    try check { call(&decision, $0) }
    var view = opt_decision_view()
    try check { opt_decision_read(decision, &view, MemoryLayout<opt_decision_view>.stride, $0) }
    flagKey = String(view.flag_key)
    ruleKey = String(view.rule_key)
    variationKey = String(view.variation_key)
    enabled = view.enabled != 0
    impression = Impression(view.event_status)
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
