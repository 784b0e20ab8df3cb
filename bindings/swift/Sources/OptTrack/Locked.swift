// A value that one thread at a time may touch, and turns that calls take.
import Dispatch

/// A value under a lock. What is done with it is short, and never calls out.
final class Locked<Value>: @unchecked Sendable {
  // Sendable though the compiler can't see it: `value` is touched only between wait and signal.
  private let lock = DispatchSemaphore(value: 1)
  private var value: Value

  init(_ value: Value) { self.value = value }

  func use<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.wait()
    defer { lock.signal() }
    return try body(&value)
  }
}

/// Lets one call at a time fetch predictions for a visitor, so that calls at the same time give one answer.
final class Turns: Sendable {
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
