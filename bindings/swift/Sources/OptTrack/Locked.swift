// A value that one thread at a time may touch.
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
