// What a client is made with.

/// Settings of a ``Client``. What is nil keeps the library's default; what is out of range makes `Client.init` throw
/// ``OptError/invalidArgument(_:)`` with a message that names every such option.
///
/// Durations are counted in whole milliseconds, rounded up. A plain value, safe to share among threads.
public struct Options: Sendable {
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

  /// Keeps events on disk until they are delivered. Default: they wait in memory, and are lost with the process.
  public var journal: Journal?

  /// Gives events up that are older than this when their turn comes, up to ten years; each is counted, logged and
  /// notified. Default: never.
  public var maxAge: Duration?

  /// Who delivers. Default: a thread of the library's own.
  public var driving: Driving = .ownThread

  /// Takes what suits a phone for what is nil here: batches of 10 events, sent 30 s after the oldest at the latest; and a
  /// journal in small files.
  public var isMobile = false

  /// For tests: a clock of their own, which stands still until ``Client/setClock(_:sinceMade:)`` sets it, and uuids that
  /// follow from a seed. Default: the system's.
  public var simulation = Simulation()

  /// How much may wait for delivery. Default: 32 MiB; with a ``journal``, its own limit in bytes.
  public var queueLimit: QueueLimit?

  /// The product's own name and version on the wire. Default: "libopttrack" and the library's version.
  public var product: Product?

  /// The least important messages that are written to standard error. Default: warnings.
  public var logLevel: LogLevel?

  /// Decide options that hold for every `decide` call, beside its own. Default: none.
  public var defaultDecideOptions: DecideOptions = []

  /// Where visitors' profiles are kept, so that a visitor keeps a variation when traffic or audiences change. Default:
  /// nowhere. Not together with ``userProfileDirectory``.
  public var profileService: (any ProfileService)?

  /// A folder in which the library itself keeps visitors' profiles. It is made if it is missing, and any number of
  /// clients and processes may share it; where it can't be used, `Client.init` throws ``OptError/disk(_:)``. Not
  /// together with ``profileService``.
  public var userProfileDirectory: String?

  /// Chooses variations for contextual bandits. Default: Optimizely's prediction service, see ``cmabEndpoint``.
  public var predictor: (any Predictor)?

  /// Chooses variations for contextual bandits in the calls ``Client/decideAsync(_:for:options:)`` and its siblings,
  /// before ``predictor``. Without a ``predictor``, the other calls can't have predictions: where they need one, the
  /// decision is an error decision, which is logged.
  public var asyncPredictor: (any AsyncPredictor)?

  /// The prediction service's URL, http:// or https://, with `%s` once, in place of the rule's id. The
  /// ``PredictionRequest/body`` is posted there; the answer is `{"predictions": [{"variation_id": "…"}]}`. Default:
  /// Optimizely's.
  public var cmabEndpoint: String?

  /// Longest time that one attempt to fetch a prediction from the service takes; there are two. Default: 10 s.
  public var cmabTimeout: Duration?

  /// How many predictions are remembered, and for how long. Default: 10,000 for 30 min.
  public var cmabCache: CMABCache?

  /// What ``Client/notifications()`` tells. Default: nothing.
  public var notificationQueue: NotificationQueue?

  /// Where failures of the host's own services are written; the tests read along.
  var writeLog: @Sendable (String) -> Void = ServiceLog.toStandardError

  /// Options with every default.
  public init() {}

  /// How many predictions of contextual bandits are remembered, and for how long.
  public struct CMABCache: Sendable, Hashable {
    /// Most predictions; 0: the default, 10,000.
    public var entries: UInt32
    /// Longest time that one is used; zero: the default, 30 min.
    public var lifetime: Duration

    /// Both limits.
    public init(entries: UInt32 = 0, lifetime: Duration = .zero) {
      self.entries = entries
      self.lifetime = lifetime
    }
  }

  /// What waits for ``Client/notifications()``.
  public struct NotificationQueue: Sendable, Hashable {
    /// The kinds that are kept.
    public var types: NotificationTypes
    /// How many are kept while nobody pulls them.
    public var capacity: UInt32

    /// Kinds and number.
    public init(types: NotificationTypes = [.logEvent, .configUpdate, .deadLetter, .drop], capacity: UInt32 = 1_000) {
      self.types = types
      self.capacity = capacity
    }
  }

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
