// What a client decides for a user by the older calls: experiments, and whether flags are on.

extension Client {
  /// Is the flag on for the user? Decides it as ``decide(_:for:options:)`` does, but for forced decisions, and records
  /// the impression where one is due.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: ``OptError/unknownFlag(_:)``, ``OptError/notReady(_:)``, ``OptError/predictionFailed(_:)``.
  public func isFeatureEnabled(_ flagKey: String, for user: User) throws -> Bool {
    try call(PackedRequest(.isFeatureEnabled, for: user, key: flagKey), body: Self.decision).result().enabled
  }

  /// The keys of all flags that are on for the user, in the datafile's order. Records the impressions that are due,
  /// also of flags that are off.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: ``OptError/notReady(_:)``.
  public func enabledFeatures(for user: User) throws -> [String] {
    try call(PackedRequest(.getEnabledFeatures, for: user)) { reader in
      let keys = try reader.list { try $0.text() }
      // How many impressions were refused; the client's books have them by reason.
      _ = try reader.integer(UInt64.self)
      return keys
    }.result()
  }

  /// Decides which variation of an experiment the user gets, and records the impression of it. Where there is no
  /// variation, there is no impression.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``, ``OptError/notReady(_:)``, ``OptError/predictionFailed(_:)``.
  public func activate(_ experimentKey: String, for user: User) throws -> Decision {
    try call(PackedRequest(.activate, for: user, key: experimentKey), body: Self.decision).result()
  }

  /// Decides as ``activate(_:for:)`` does, and records nothing.
  ///
  /// Works on any thread and after `close`; waits as ``decide(_:for:options:)``.
  ///
  /// - Throws: as ``activate(_:for:)``.
  public func getVariation(_ experimentKey: String, for user: User) throws -> Decision {
    try call(PackedRequest(.getVariation, for: user, key: experimentKey), body: Self.decision).result()
  }
}
