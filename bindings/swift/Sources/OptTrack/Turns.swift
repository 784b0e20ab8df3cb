// Turns that calls take where they fetch predictions.
import Dispatch

/// Lets one call at a time fetch predictions for a visitor, so that calls at the same time give one answer.
final class Turns: Sendable {
  /// The turns inside which this code runs: it is a predictor's, and must not wait for another turn.
  @TaskLocal private static var running: Set<ObjectIdentifier> = []

  /// Who waits, by visitor. A visitor who is in it has somebody inside.
  private let waiting = Locked<[String: [@Sendable () -> Void]]>([:])

  /// Enters for a visitor, or leaves `wake` to be called when it is the caller's turn. True if it was entered at once.
  private func enter(_ userID: String, wake: @escaping @Sendable () -> Void) -> Bool {
    waiting.use { waiting in
      let isFree = waiting[userID] == nil
      if isFree { waiting[userID] = [] } else { waiting[userID]?.append(wake) }
      return isFree
    }
  }

  /// Ends a turn; the next one who waits has entered.
  func leave(_ userID: String) {
    let next = waiting.use { waiting -> (@Sendable () -> Void)? in
      guard let first = waiting[userID]?.first else {
        waiting[userID] = nil
        return nil
      }
      waiting[userID]?.removeFirst()
      return first
    }
    next?()
  }

  /// Does a predictor of this client make the call?
  var areRunning: Bool { Self.running.contains(ObjectIdentifier(self)) }

  /// Runs a predictor, or what calls it.
  func running<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$running.withValue(Self.running.union([ObjectIdentifier(self)]), operation: body)
  }

  /// Runs an asynchronous predictor, or what calls it.
  func runningAsync<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
    try await Self.$running.withValue(Self.running.union([ObjectIdentifier(self)]), operation: body)
  }

  /// Enters, and blocks the thread until that is possible.
  func waitToEnter(_ userID: String) {
    let turn = DispatchSemaphore(value: 0)
    if !enter(userID, wake: { turn.signal() }) { turn.wait() }
  }

  /// Enters, and suspends the task until that is possible.
  func enterAsync(_ userID: String) async {
    await withCheckedContinuation { turn in
      if enter(userID, wake: { turn.resume() }) { turn.resume() }
    }
  }
}
