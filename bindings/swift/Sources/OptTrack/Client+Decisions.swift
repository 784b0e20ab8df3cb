// What a client decides for a user: flags and experiments.
internal import COptTrack

extension Client {
  /// Decides a flag for the user, and records the impression where one is due.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/unknownFlag(_:)``, ``OptError/notReady(_:)``.
  public func decide(_ flagKey: String, for user: User, options: DecideOptions = []) throws -> Decision {
    try deciding(flagKey, for: user) { opt_decide($0, $1, $2, options.rawValue, $3, $4) }
  }

  /// Is the flag on for the user? Decides it as ``decide(_:for:options:)`` does, and records the impression where one is
  /// due.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/unknownFlag(_:)``, ``OptError/notReady(_:)``.
  public func isFeatureEnabled(_ flagKey: String, for user: User) throws -> Bool {
    var enabled = false
    try withHandle { client in
      try user.withHandle { user in
        try flagKey.withText { key in
          try check { opt_is_feature_enabled(client, user, key, &enabled, nil, $0) }
        }
      }
    }
    return enabled
  }

  /// The keys of all flags that are on for the user, in the datafile's order. Records the impressions that are due,
  /// also of flags that are off.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/notReady(_:)``.
  public func enabledFeatures(for user: User) throws -> [String] {
    var keys: OpaquePointer?
    defer { opt_keys_free(keys) }
    try withHandle { client in
      try user.withHandle { user in
        try check { opt_get_enabled_features(client, user, &keys, nil, $0) }
      }
    }
    return (0..<opt_keys_count(keys)).compactMap { String(opt_keys_at(keys, $0)) }
  }

  /// Decides which variation of an experiment the user gets, and records the impression of it. Where there is no
  /// variation, there is no impression.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``, ``OptError/notReady(_:)``.
  public func activate(_ experimentKey: String, for user: User) throws -> Decision {
    try deciding(experimentKey, for: user, by: opt_activate)
  }

  /// Decides as ``activate(_:for:)`` does, and records nothing.
  ///
  /// Works on any thread and after `close`; never waits.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``, ``OptError/notReady(_:)``.
  public func getVariation(_ experimentKey: String, for user: User) throws -> Decision {
    try deciding(experimentKey, for: user, by: opt_get_variation)
  }

  private typealias DecidingCall = (
    OpaquePointer?, OpaquePointer?, opt_str, UnsafeMutablePointer<OpaquePointer?>?,
    UnsafeMutablePointer<OpaquePointer?>?
  ) -> StatusCode

  private func deciding(_ key: String, for user: User, by call: DecidingCall) throws -> Decision {
    try withHandle { client in
      try user.withHandle { user in
        try key.withText { key in
          try Decision { decision, error in call(client, user, key, decision, error) }
        }
      }
    }
  }
}
