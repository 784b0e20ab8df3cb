// How a flag is decided: Optimizely's decide options, as a set.
internal import COptTrack

/// Options of the calls that decide flags, and the defaults of ``Options/defaultDecideOptions``; they add up. A default
/// can't be switched off in a call.
public struct DecideOptions: OptionSet, Sendable, Hashable {
  /// The bits as the C library has them.
  public let rawValue: UInt32

  /// Options from bits. Bits that the library does not know make a decision an error decision.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Record no impression.
  public static let disableDecisionEvent = Self(rawValue: UInt32(OPT_DECIDE_DISABLE_DECISION_EVENT))
  /// Leave decisions that are not enabled out of the answer of several flags, but for error decisions.
  public static let enabledFlagsOnly = Self(rawValue: UInt32(OPT_DECIDE_ENABLED_FLAGS_ONLY))
  /// Neither look up nor save the visitor's profile.
  public static let ignoreUserProfileService = Self(rawValue: UInt32(OPT_DECIDE_IGNORE_USER_PROFILE_SERVICE))
  /// Tell how the decision came about: ``Decision/reasons`` and ``Decision/explanation``.
  public static let includeReasons = Self(rawValue: UInt32(OPT_DECIDE_INCLUDE_REASONS))
  /// Leave ``Decision/variables`` empty.
  public static let excludeVariables = Self(rawValue: UInt32(OPT_DECIDE_EXCLUDE_VARIABLES))
  /// Ask for bandits' predictions anew, and neither use nor change those remembered.
  public static let ignoreCMABCache = Self(rawValue: UInt32(OPT_DECIDE_IGNORE_CMAB_CACHE))
  /// Forget all remembered predictions first.
  public static let resetCMABCache = Self(rawValue: UInt32(OPT_DECIDE_RESET_CMAB_CACHE))
  /// Forget the remembered predictions of this visitor for the bandits asked, first.
  public static let invalidateUserCMABCache = Self(rawValue: UInt32(OPT_DECIDE_INVALIDATE_USER_CMAB_CACHE))
  /// Pass over bandits whose prediction is not at hand, instead of waiting for it.
  public static let noWait = Self(rawValue: UInt32(OPT_DECIDE_NO_WAIT))
}

extension DecideOptions {
  /// Optimizely's names of the options, as they stand in other SDKs and in configuration files.
  private static let named: [(name: String, option: DecideOptions)] = [
    ("DISABLE_DECISION_EVENT", .disableDecisionEvent), ("ENABLED_FLAGS_ONLY", .enabledFlagsOnly),
    ("IGNORE_USER_PROFILE_SERVICE", .ignoreUserProfileService), ("INCLUDE_REASONS", .includeReasons),
    ("EXCLUDE_VARIABLES", .excludeVariables), ("IGNORE_CMAB_CACHE", .ignoreCMABCache),
    ("RESET_CMAB_CACHE", .resetCMABCache), ("INVALIDATE_USER_CMAB_CACHE", .invalidateUserCMABCache),
    ("NO_WAIT", .noWait),
  ]

  /// Options from Optimizely's names, such as "INCLUDE_REASONS".
  ///
  /// - Throws: ``OptError/invalidArgument(_:)`` that names the first name which is none.
  public init(names: some Sequence<String>) throws {
    self = try names.reduce(into: []) { options, name in
      guard let option = Self.named.first(where: { $0.name == name })?.option else {
        let message = "invalid option: \(name); one of \(Self.named.map(\.name).joined(separator: ", ")) is expected"
        throw OptError.invalidArgument(.init(message: message, place: "options", isRetriable: false))
      }
      options.insert(option)
    }
  }

  /// Optimizely's names of the options in the set.
  public var names: [String] { Self.named.filter { contains($0.option) }.map(\.name) }
}
