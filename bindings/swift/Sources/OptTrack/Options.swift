// What a client is made with, and how it reaches the C library's builder.
internal import COptTrack

/// Settings of a ``Client``. What is nil keeps the library's default; what is out of range makes `Client.init` throw
/// ``OptError/invalidArgument(_:)`` with a message that names every such option.
///
/// Durations are counted in whole milliseconds, rounded up. A plain value, safe to share among threads.
public struct Options: Sendable, Hashable {
  /// Where events are posted: an http:// or https:// URL. Default: the Events API of the datafile's region.
  public var eventEndpoint: String?

  /// Most events in one post: 1 to 1,000, default 1,000.
  public var batchSize: UInt32?

  /// Longest time an event waits for others before its batch is sent: 1 ms to a day, default 1 s.
  public var flushInterval: Duration?

  /// Time-outs of a post. Default: 5 s to connect, 10 s in all.
  public var timeouts: Timeouts?

  /// Delays between attempts of a post that may succeed later. Default: 200 ms, growing to 60 s.
  public var retryDelays: RetryDelays?

  /// How much may wait for delivery. Default: 32 MiB.
  public var queueLimit: QueueLimit?

  /// The product's own name and version on the wire. Default: "libopttrack" and the library's version.
  public var product: Product?

  /// The least important messages that are written to standard error. Default: warnings.
  public var logLevel: LogLevel?

  /// Options with every default.
  public init() {}

  /// Time-outs of a post, each 1 ms to 10 min.
  public struct Timeouts: Sendable, Hashable {
    /// For name look-up, connecting and TLS together.
    public var connect: Duration
    /// For the whole request.
    public var total: Duration

    /// Both time-outs.
    public init(connect: Duration, total: Duration) {
      self.connect = connect
      self.total = total
    }
  }

  /// Delays between attempts: the n-th is random between 0 and min(`longest`, `first` * 2^n). Each 1 ms to 1 h.
  public struct RetryDelays: Sendable, Hashable {
    /// The first delay's base.
    public var first: Duration
    /// The bound of all delays; not below `first`.
    public var longest: Duration

    /// Both delays.
    public init(first: Duration, longest: Duration) {
      self.first = first
      self.longest = longest
    }
  }

  /// How much may wait for delivery; at the limit new events are refused with ``OptError/queueFull(_:)``.
  public struct QueueLimit: Sendable, Hashable {
    /// Memory in bytes: 64 KiB to 1 TiB.
    public var bytes: UInt64
    /// Number of events; 0: as many as the bytes hold.
    public var events: UInt64

    /// Both limits.
    public init(bytes: UInt64, events: UInt64 = 0) {
      self.bytes = bytes
      self.events = events
    }
  }

  /// A product's name and version, `client_name` and `client_version` on the wire. Neither may be empty.
  public struct Product: Sendable, Hashable {
    /// Such as "shop-app".
    public var name: String
    /// Such as "4.2.0".
    public var version: String

    /// Name and version.
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  /// How important a log message is.
  public enum LogLevel: UInt32, Sendable, Hashable, CaseIterable {
    /// Nothing is logged.
    case off = 0
    /// Lost configuration, refused events, faults of the library.
    case error = 1
    /// What a user of the library can mend.
    case warning = 2
    /// Start, stop, and changes of state.
    case info = 3
    /// Every step.
    case debug = 4
  }
}

extension Options {
  /// Writes the options and the datafile into a C builder.
  func fill(_ builder: OpaquePointer, datafile: String) throws {
    try datafile.withText { text in try check { opt_options_set_datafile(builder, text, $0) } }
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
}
