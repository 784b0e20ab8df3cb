// How options reach the C library's builder.
internal import COptTrack

extension Options {
  /// Writes the options and the datafile into a C builder.
  func fill(_ builder: OpaquePointer, datafile: String) throws {
    try datafile.withText { text in try check { opt_options_set_datafile(builder, text, $0) } }
    if isMobile {
      try check { opt_options_use_mobile_preset(builder, $0) }
    }
    try fillDelivery(builder)
    try fillSimulation(builder)
    try fillJournal(builder)
    try fillDecisions(builder)
    if let product {
      try product.name.withText { name in
        try product.version.withText { version in
          try check { opt_options_set_client_name(builder, name, version, $0) }
        }
      }
    }
    if let logLevel {
      try check { opt_options_set_log_level(builder, logLevel.rawValue, $0) }
    }
  }

  /// How events go out.
  private func fillDelivery(_ builder: OpaquePointer) throws {
    try eventEndpoint?.withText { url in try check { opt_options_set_event_endpoint(builder, url, $0) } }
    if let batchSize {
      try check { opt_options_set_batch_size(builder, batchSize, $0) }
    }
    if let flushInterval {
      try check { opt_options_set_flush_interval_ms(builder, flushInterval.milliseconds, $0) }
    }
    if let timeouts {
      let (connect, total) = (timeouts.connect.milliseconds, timeouts.total.milliseconds)
      try check { opt_options_set_timeouts_ms(builder, connect, total, $0) }
    }
    if let retryDelays {
      let (first, longest) = (retryDelays.first.milliseconds, retryDelays.longest.milliseconds)
      try check { opt_options_set_retry_delays_ms(builder, first, longest, $0) }
    }
    if let queueLimit {
      try check { opt_options_set_queue_limit(builder, queueLimit.bytes, queueLimit.events, $0) }
    }
  }

  /// What tests set instead of finding it in the world.
  private func fillSimulation(_ builder: OpaquePointer) throws {
    if let now = simulation.now {
      try check { opt_options_set_manual_clock(builder, now.milliseconds, $0) }
    }
    if let seed = simulation.idSeed {
      try check { opt_options_set_id_seed(builder, seed, $0) }
    }
  }

  /// Where events wait, and who sends them.
  private func fillJournal(_ builder: OpaquePointer) throws {
    if let journal {
      try journal.directory.withText { directory in
        try check { opt_options_set_journal(builder, directory, journal.kind.rawValue, $0) }
      }
      try check { opt_options_set_durability(builder, journal.durability.rawValue, $0) }
      try check { opt_options_set_journal_limits(builder, journal.bytes, journal.deadLetterBytes, $0) }
    }
    if let maxAge {
      try check { opt_options_set_max_age_ms(builder, maxAge.longMilliseconds, $0) }
    }
    switch driving {
    case .ownThread: break
    case .host: try check { opt_options_set_host_driven(builder, 1, $0) }
    case .hostTransport: try check { opt_options_set_pulled_transport(builder, 1, $0) }
    }
  }

  /// What decisions use, but for the host's services: those stay on this side.
  private func fillDecisions(_ builder: OpaquePointer) throws {
    if !defaultDecideOptions.isEmpty {
      try check { opt_options_set_default_decide_options(builder, defaultDecideOptions.rawValue, $0) }
    }
    if profileService != nil, userProfileDirectory != nil {
      throw OptError.invalidArgument(
        .init(
          message: "profileService and userProfileDirectory are both given; one is expected",
          place: "userProfileDirectory", isRetriable: false))
    }
    try userProfileDirectory?.withText { path in
      try check { opt_options_set_user_profile_directory(builder, path, $0) }
    }
    try cmabEndpoint?.withText { url in try check { opt_options_set_cmab_endpoint(builder, url, $0) } }
    if let cmabTimeout {
      try check { opt_options_set_cmab_timeout_ms(builder, cmabTimeout.milliseconds, $0) }
    }
    if let cmabCache {
      let (entries, lifetime) = (cmabCache.entries, cmabCache.lifetime.milliseconds)
      try check { opt_options_set_cmab_cache(builder, entries, lifetime, $0) }
    }
    if let queue = notificationQueue {
      try check { opt_options_set_notification_queue(builder, queue.types.rawValue, queue.capacity, $0) }
    }
  }
}
