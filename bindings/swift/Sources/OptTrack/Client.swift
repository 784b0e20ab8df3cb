// The client: how it is made, what it owns, and how it ends.
internal import COptTrack

/// Decides and records for one environment of an Optimizely project.
///
/// ```swift
/// let client = try Client(datafile: datafile)
/// let user = User("visitor-1", attributes: ["plan": "gold", "age": 34])
/// let decision = client.decide("new_checkout", for: user)
/// try client.track("purchase", for: user, tags: ["revenue": 4200, "method": "card"])
/// try await client.close()
/// ```
///
/// Share one client freely: every method may run at the same time on any thread. Only ``flush(timeout:)``,
/// ``close(timeout:)`` and ``pump(budget:)`` wait for the network, and decisions of contextual bandits, see
/// ``decide(_:for:options:)``.
///
/// With an ``Options/journal`` events wait on disk: the process may be killed at any moment, and the next client of the
/// directory delivers what it left. Without one they wait in memory, so close a client before you let go of it: one that
/// goes away unclosed takes its undelivered events with it. After `fork()`, make a new client in the child.
///
/// Methods throw ``OptError``; those that wait with a time-out also throw `CancellationError`.
public final class Client: @unchecked Sendable {
  // Why the class is Sendable though the compiler can't see it: the pointer never changes, and the C library lets any
  // number of threads use a `const opt_client *` at once. Freeing takes that nobody is inside a call; `withHandle`
  // keeps `self` alive for each, so `deinit` can't come before they are over.
  private let handle: OpaquePointer

  let services: Services
  let listeners = Listeners()
  let turns = Turns()
  let hasNotificationQueue: Bool
  let isClosed = Locked(false)

  /// Makes a client that decides by `datafile`, the JSON text as the Optimizely CDN serves it.
  ///
  /// Never waits on the network; parses the datafile on this thread (a few ms per MB).
  ///
  /// - Throws: ``OptError/invalidDatafile(_:)``, with the JSON path as its place; ``OptError/invalidArgument(_:)`` for
  ///   options out of range, each named; ``OptError/disk(_:)`` for a directory that can't be used;
  ///   ``OptError/outOfMemory(_:)``; ``OptError/versionMismatch(header:library:)``
  ///   if the library that runs is not the one this package was built for.
  public init(datafile: String, options: Options = Options()) throws {
    try LibraryVersion.verify()
    guard let builder = opt_options_new() else {
      throw OptError.outOfMemory(.init(message: "no memory for options", place: "", isRetriable: true))
    }
    do {
      try options.fill(builder, datafile: datafile)
    } catch {
      opt_options_free(builder)
      throw error
    }
    var client: OpaquePointer?
    try check { opt_client_new(builder, &client, $0) }
    guard let client else { throw OptError.missingHandle }
    handle = client
    services = Services(options)
    hasNotificationQueue = options.notificationQueue != nil
  }

  deinit { opt_client_free(handle) }

  /// Lends the C client to `body`, and keeps it alive until `body` returns.
  func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(handle) }
  }

  /// Puts another datafile in force. Calls that run keep the old one to their end; events already recorded go out with
  /// the revision they were made under. A datafile that is refused changes nothing.
  ///
  /// Never waits on the network; parses the datafile on this thread.
  ///
  /// - Throws: ``OptError/invalidDatafile(_:)``, ``OptError/closed(_:)``, ``OptError/outOfMemory(_:)``.
  public func setDatafile(_ datafile: String) throws {
    try withHandle { client in
      try datafile.withText { text in try check { opt_client_set_datafile(client, text, $0) } }
    }
  }

  /// The client's books at this instant. Never waits; works after `close` too.
  public func stats() throws -> Stats {
    var raw = opt_stats()
    try withHandle { client in
      try check { opt_client_stats(client, &raw, MemoryLayout<opt_stats>.stride, $0) }
    }
    return Stats(raw)
  }
}
