// The journal, and what gives up what waits in it.
internal import COptTrack

extension Client {
  /// Returns when what was accepted before this call survives a loss of power: asks the disk to keep the journal.
  ///
  /// If the task is cancelled, this returns at once.
  ///
  /// - Parameter timeout: the longest wait, counted in milliseconds.
  /// - Throws: ``OptError/timeout(_:left:)``; ``OptError/disk(_:)``, after which a second call can be sure of what the
  ///   disk failed to keep, for it is written anew; ``OptError/notSupported(_:)`` without a journal;
  ///   `CancellationError` if the task is cancelled.
  public func sync(timeout: Duration = .seconds(10)) async throws {
    try await waiting { client in
      try client.withHandle { handle in try check { opt_client_sync(handle, timeout.milliseconds, $0) } }
    }
  }

  /// Switches the recording of events off, or on again, for a visitor's or an operator's consent.
  ///
  /// While it is off ``track(_:for:tags:)`` throws ``OptError/trackingOff(_:)``; decisions work, and their impressions
  /// are suppressed. What was recorded before is delivered all the same: see ``discard()``. Works on any thread; never
  /// waits.
  public func setTracking(_ isOn: Bool) throws {
    try withHandle { client in try check { opt_client_set_tracking(client, isOn ? 1 : 0, $0) } }
  }

  /// Gives up everything that waits, as for a user who withdraws consent.
  ///
  /// A batch on its way is given up too if its attempt fails, and can't be called back if it does not. Each event is
  /// counted as dropped, and notified. Dead letters stay; events of other clients in the same directory too.
  ///
  /// - Returns: how many events that were.
  /// - Throws: ``OptError/disk(_:)``.
  @discardableResult
  public func discard() async throws -> UInt64 {
    try await onThreadOfItsOwn { [self] in
      var count: UInt64 = 0
      try withHandle { client in try check { opt_client_discard(client, &count, $0) } }
      return count
    }
  }

  /// Gives up what waits of one visitor, and overwrites it on the disk; removes the visitor's dead letters, those of
  /// clients that are no more included. Takes as long as reading all that waits.
  ///
  /// - Returns: how many events and letters that were.
  /// - Throws: ``OptError/disk(_:)``.
  @discardableResult
  public func purgeVisitor(_ userID: String) async throws -> UInt64 {
    try await onThreadOfItsOwn { [self] in
      var count: UInt64 = 0
      try withHandle { client in
        try userID.withText { id in try check { opt_client_purge_visitor(client, id, &count, $0) } }
      }
      return count
    }
  }
}
