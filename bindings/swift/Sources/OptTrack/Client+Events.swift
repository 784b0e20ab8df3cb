// What a client records: conversions.
#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension Client {
  /// Counts a conversion of the user for the event `eventKey`, once for each experiment whose impression this user
  /// already had. Sends no impression itself.
  ///
  /// The tag `revenue` (a number, in cents; a fraction is cut off) and the tag `value` (a number, or a text that is
  /// one) feed metrics; they and all other tags travel as they are. See ``Value`` for what is left out.
  ///
  /// When this returns, the event is accepted: from then on ``stats()`` accounts for it. Works on any thread; never
  /// waits on the network.
  ///
  /// - Throws: ``OptError/unknownEvent(_:)``, ``OptError/notReady(_:)``, ``OptError/closed(_:)``,
  ///   ``OptError/trackingOff(_:)``, ``OptError/tooLarge(_:)``, ``OptError/queueFull(_:)``, ``OptError/disk(_:)``,
  ///   ``OptError/outOfMemory(_:)``; on each of them nothing was recorded.
  public func track(_ eventKey: String, for user: User, tags: [String: Value] = [:]) throws {
    var request = PackedRequest(.track, for: user, key: eventKey)
    request.tags = tags
    if let error = try call(request, body: { _ in }).error { throw error }
  }

  /// Counts a conversion as ``track(_:for:tags:)`` does, that happened at another time or has an id of its own: for
  /// consumers of queues and for jobs that are run again, for the Events API counts events with the same id once.
  ///
  /// - Parameters:
  ///   - time: when it happened, from 1970 to the end of the year 9999; carried in milliseconds.
  ///   - uuid: its id, of version 4; nil: one is made.
  /// - Throws: what `track` throws, and ``OptError/invalidArgument(_:)`` for a time out of range.
  public func track(
    _ eventKey: String, for user: User, tags: [String: Value] = [:], at time: Date, uuid: UUID? = nil
  ) throws {
    var request = PackedRequest(.track, for: user, key: eventKey)
    request.tags = tags
    request.stamp = .init(milliseconds: time.milliseconds, uuid: uuid?.uuidString ?? "")
    if let error = try call(request, body: { _ in }).error { throw error }
  }
}

extension Date {
  /// The time in milliseconds since 1970, to the nearest; what no integer can hold is out of every range.
  var milliseconds: Int64 { Int64(exactly: (timeIntervalSince1970 * 1_000).rounded()) ?? .min }
}
