// Where the predictions of contextual bandits (CMAB) come from, if not from Optimizely's service.

/// What a bandit must know to choose a variation. A plain value, safe to share among threads.
public struct PredictionRequest: Sendable, Hashable {
  /// The id of the bandit's rule.
  public let ruleID: String
  /// The visitor's id.
  public let userID: String
  /// The id of this prediction, which the impression carries too.
  public let cmabUUID: String
  /// The request in the form that Optimizely's prediction service takes, as JSON: visitor, rule and the attributes that
  /// the bandit learns from.
  public let body: String
}

/// Chooses variations for contextual bandits, without Optimizely's prediction service.
///
/// Runs on the thread of the call that decides, which waits for it, and may run at the same time on many threads, but
/// for one visitor once at a time. It may call the client; a decision that it makes there has no predictions but those
/// remembered, and is an error decision where it needs others. What it chooses is remembered by the client, see
/// ``Options/cmabCache``.
public protocol Predictor: Sendable {
  /// The id of the variation that the visitor gets.
  ///
  /// What it throws is logged, and makes the decision an error decision, ``OptError/predictionFailed(_:)``.
  /// With an id that the rule does not have, the next rule counts.
  func predict(_ request: PredictionRequest) throws -> String
}

/// A ``Predictor`` that suspends instead of blocking its thread; for ``Client/decideAsync(_:for:options:)`` and its
/// siblings. All predictions that a decision needs at once are fetched at the same time.
///
/// If the task is cancelled, so are its predictions.
public protocol AsyncPredictor: Sendable {
  /// The id of the variation that the visitor gets. What it throws is logged, and makes the decision an error decision.
  func predict(_ request: PredictionRequest) async throws -> String
}
