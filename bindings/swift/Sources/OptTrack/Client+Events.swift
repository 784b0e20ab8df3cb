// What a client records: conversions.

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
  ///   ``OptError/tooLarge(_:)``, ``OptError/queueFull(_:)``, ``OptError/outOfMemory(_:)``; on each of them nothing was
  ///   recorded.
  public func track(_ eventKey: String, for user: User, tags: [String: Value] = [:]) throws {
    var request = PackedRequest(.track, for: user, key: eventKey)
    request.tags = tags
    if let error = try call(request, body: { _ in }).error { throw error }
  }
}
