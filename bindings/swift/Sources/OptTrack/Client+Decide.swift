// What a client decides for a user: flags.

extension Client {
  /// Decides a flag for the user, and records the impression where one is due.
  ///
  /// There is always a decision: where the flag can't be decided, it is an error decision, and its ``Decision/error``
  /// and ``Decision/reasons`` say why.
  ///
  /// Works on any thread and after `close`. Waits for the ``Options/profileService``, and for predictions if the flag
  /// has a contextual bandit (``Options/predictor``, or Optimizely's service for the ``Options/cmabTimeout`` twice at
  /// most) unless ``DecideOptions/noWait`` is among the options; otherwise never.
  public func decide(_ flagKey: String, for user: User, options: DecideOptions = []) -> Decision {
    do {
      return try call(.deciding(flagKey, for: user, options), body: Self.decision).decision()
    } catch {
      return Decision(flagKey: flagKey, error: OptError(error))
    }
  }

  /// Decides flags for the user, all by one datafile, and records the impressions that are due. A key that comes twice
  /// is decided once.
  ///
  /// Threads and waiting: as ``decide(_:for:options:)``.
  public func decide(flags flagKeys: [String], for user: User, options: DecideOptions = []) -> Decisions {
    do {
      return try call(.deciding(flags: flagKeys, for: user, options), body: Self.decisions).decisions()
    } catch {
      return Decisions([], error: OptError(error))
    }
  }

  /// Decides all flags of the datafile for the user, in its order, and records the impressions that are due.
  ///
  /// Threads and waiting: as ``decide(_:for:options:)``.
  public func decideAll(for user: User, options: DecideOptions = []) -> Decisions {
    do {
      return try call(.decidingAll(for: user, options), body: Self.decisions).decisions()
    } catch {
      return Decisions([], error: OptError(error))
    }
  }

  static func decision(_ reader: inout PackedReader) throws -> Decision { try reader.decision() }

  static func decisions(_ reader: inout PackedReader) throws -> [Decision] {
    try reader.list { try $0.decision() }
  }
}

extension PackedRequest {
  static func deciding(_ flagKey: String, for user: User, _ options: DecideOptions) -> PackedRequest {
    PackedRequest(.decide, for: user, key: flagKey, options: options)
  }

  static func deciding(flags: [String], for user: User, _ options: DecideOptions) -> PackedRequest {
    var request = PackedRequest(.decideForKeys, for: user, options: options)
    request.flagKeys = flags
    return request
  }

  static func decidingAll(for user: User, _ options: DecideOptions) -> PackedRequest {
    PackedRequest(.decideAll, for: user, options: options)
  }
}

extension PackedAnswer<Decision> {
  /// The decision that came; an error comes with one, or is thrown.
  func decision() throws -> Decision {
    guard var decision = body else { return try result() }
    // The call's own words say more than a decision's status.
    if let error { decision.error = error }
    return decision
  }
}

extension PackedAnswer<[Decision]> {
  func decisions() throws -> Decisions { Decisions(try result()) }
}

extension OptError {
  /// What a crossing threw: nothing but errors of this package leaves it.
  init(_ error: any Error) {
    self = error as? OptError ?? .badAnswer("\(error)")
  }
}
