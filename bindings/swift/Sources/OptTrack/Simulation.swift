// What tests set instead of finding it in the world: time and chance.
internal import COptTrack

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension Options {
  /// Time and chance of a test's own.
  public struct Simulation: Sendable, Hashable {
    /// What the client's clock shows until ``Client/setClock(_:sinceMade:)`` sets it, from 1970 to the end of the year
    /// 9999; only of a client that the host drives, see ``Options/driving``. Calls that wait go by the system's clock.
    /// Nil: the client goes by the system's clock.
    public var now: Date?
    /// What uuids and delays follow from, the same for the same calls on one thread. Never in production: the Events API
    /// counts what has the same uuid once. Nil: they are random.
    public var idSeed: UInt64?

    /// Both; nil for the system's.
    public init(now: Date? = nil, idSeed: UInt64? = nil) {
      self.now = now
      self.idSeed = idSeed
    }
  }
}

extension Client {
  /// Sets the clock of ``Options/Simulation/now``: what it shows, and how much time has passed since the client was made,
  /// which never goes back. The next call that drives does what has become due.
  ///
  /// - Throws: ``OptError/invalidArgument(_:)`` for a time out of range, and for a client with the system's clock.
  public func setClock(_ now: Date, sinceMade: Duration) throws {
    try withHandle { client in
      try check { opt_client_set_clock(client, now.milliseconds, max(sinceMade, .zero).longMilliseconds, $0) }
    }
  }
}
