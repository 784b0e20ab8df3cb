// Variations forced on single visitors, for previews and tests.
internal import COptTrack

extension Client {
  /// Forces a variation of an experiment on a visitor: it outranks whitelist, audience and traffic, but not a paused
  /// experiment. Kept in memory by this client until removed; survives ``setDatafile(_:)``.
  ///
  /// Works on any thread; never waits.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``; ``OptError/notFound(_:)`` if the experiment has no such variation;
  ///   ``OptError/notReady(_:)``.
  public func setForcedVariation(_ variationKey: String, of experimentKey: String, forUserID userID: String) throws {
    try withForcedKey(experimentKey, userID) { client, experiment, user in
      try variationKey.withText { variation in
        try check { opt_client_set_forced_variation(client, experiment, user, variation, $0) }
      }
    }
  }

  /// Removes a forced variation, if there is one.
  ///
  /// Works on any thread; never waits.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``, ``OptError/notReady(_:)``.
  public func removeForcedVariation(of experimentKey: String, forUserID userID: String) throws {
    try withForcedKey(experimentKey, userID) { client, experiment, user in
      try check { opt_client_remove_forced_variation(client, experiment, user, $0) }
    }
  }

  /// The key of the variation forced on a visitor; nil if none is set, or if the datafile no longer has it.
  ///
  /// Works on any thread; never waits.
  ///
  /// - Throws: ``OptError/unknownExperiment(_:)``, ``OptError/notReady(_:)``.
  public func forcedVariation(of experimentKey: String, forUserID userID: String) throws -> String? {
    do {
      return try withForcedKey(experimentKey, userID) { client, experiment, user in
        var decision: OpaquePointer?
        defer { opt_decision_free(decision) }
        try check { opt_client_get_forced_variation(client, experiment, user, &decision, $0) }
        var view = opt_decision_view()
        try check { opt_decision_read(decision, &view, MemoryLayout<opt_decision_view>.stride, $0) }
        return String(view.variation_key)
      }
    } catch OptError.notFound {
      return nil
    }
  }

  private func withForcedKey<Result>(
    _ experimentKey: String, _ userID: String, _ body: (OpaquePointer, opt_str, opt_str) throws -> Result
  ) rethrows -> Result {
    try withHandle { client in
      try experimentKey.withText { experiment in
        try userID.withText { user in try body(client, experiment, user) }
      }
    }
  }
}
