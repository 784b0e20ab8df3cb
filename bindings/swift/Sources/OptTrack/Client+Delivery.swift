// The calls that end a client's waiting events, off Swift's cooperative threads.
internal import COptTrack
import Dispatch

extension Client {
  /// Sends what was accepted before this call, without waiting for batches to fill, and waits for the server's answers.
  ///
  /// Events that are left stay queued and are sent later; the client stays usable. If the task is cancelled, this
  /// returns at once, and delivery goes on without it.
  ///
  /// - Parameter timeout: the longest wait, counted in milliseconds; zero waits not at all.
  /// - Throws: ``OptError/timeout(_:left:)``, ``OptError/closed(_:)``; `CancellationError` if the task is cancelled.
  public func flush(timeout: Duration = .seconds(10)) async throws {
    try await waiting { client in
      try client.deliver { opt_client_flush($0, timeout.milliseconds, $1, $2) }
    }
  }

  /// Closes the client: refuses further events, sends what waits, ends the delivery thread.
  ///
  /// Decisions still work afterwards; their impressions are refused and say so. A second close waits like the first and
  /// gives its answer. Events that are left stay in the journal for the next client of its directory; without an
  /// ``Options/journal`` they are lost when the client goes away, so choose the time-out accordingly.
  /// If the task is cancelled, this returns at once, and the client closes without it.
  ///
  /// - Parameter timeout: the longest wait, counted in milliseconds; zero waits not at all.
  /// - Throws: ``OptError/timeout(_:left:)`` with the number of events left; `CancellationError` if the task is
  ///   cancelled.
  public func close(timeout: Duration = .seconds(10)) async throws {
    try await waiting { client in
      defer { client.isClosed.use { $0 = true } }
      try client.deliver { opt_client_close($0, timeout.milliseconds, $1, $2) }
    }
  }

  /// Makes a call that delivers, and puts the number of events left into the time-out it may throw.
  private func deliver(
    _ call: (OpaquePointer, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<OpaquePointer?>) -> StatusCode
  ) throws {
    var left: UInt64 = 0
    do {
      try withHandle { client in try check { call(client, &left, $0) } }
    } catch OptError.timeout(let report, _) {
      throw OptError.timeout(report, left: left)
    }
  }

  /// Runs `work`, which may block, on a queue of its own, so that it takes no thread from Swift's pool and no two calls
  /// wait in line. A cancelled task gets `CancellationError` while `work` goes on to its own deadline.
  func waiting(for work: @escaping @Sendable (Client) throws -> Void) async throws {
    try Task.checkCancellation()
    let (answers, answer) = AsyncThrowingStream<Never, any Error>.makeStream()
    DispatchQueue(label: "opttrack.wait").async {
      answer.finish(throwing: Result { try work(self) }.failure)
    }
    for try await _ in answers {}
    try Task.checkCancellation()
  }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
