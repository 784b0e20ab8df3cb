// The books of a client.
internal import COptTrack

/// The books of a client, from its making on. At any instant
/// `accepted + recovered == delivered + pending + deadLettered + dropped`.
///
/// A plain value, safe to share among threads.
public struct Stats: Sendable, Hashable {
  /// Events accepted: calls of `track` that returned, and decisions whose impression was accepted.
  public let accepted: UInt64
  /// Of those, impressions.
  public let acceptedImpressions: UInt64
  /// Of those, conversions.
  public let acceptedConversions: UInt64
  /// Events taken over from earlier clients of the journal's directory.
  public let recovered: UInt64
  /// Events that the server has taken.
  public let delivered: UInt64
  /// Events that wait or are on their way.
  public let pending: UInt64
  /// Events that the server refused one by one; each was logged.
  public let deadLettered: UInt64
  /// Events dropped for another reason: the sum of the five below.
  public let dropped: UInt64
  /// Of the dropped: their records were damaged on the disk; the bytes were put aside.
  public let droppedCorrupt: UInt64
  /// Of the dropped: ``Client/discard()``.
  public let droppedDiscarded: UInt64
  /// Of the dropped: ``Client/purgeVisitor(_:)``.
  public let droppedPurged: UInt64
  /// Of the dropped: older than ``Options/maxAge`` allows.
  public let droppedExpired: UInt64
  /// Of the dropped: refused by the server while the file of dead letters was full.
  public let droppedDeadLetterLimit: UInt64
  /// Events refused because the queue was full; never accepted.
  public let refusedQueueFull: UInt64
  /// Events refused because each alone was larger than the Events API takes.
  public let refusedTooLarge: UInt64
  /// Conversions refused for an event key that the datafile lacks.
  public let refusedUnknownEvent: UInt64
  /// Events refused because the disk failed; never accepted.
  public let refusedDisk: UInt64
  /// Events refused while tracking was off; never accepted.
  public let refusedTrackingOff: UInt64
  /// Events refused for any other reason: closed, not ready, no memory, no randomness.
  public let refusedOther: UInt64
  /// Attributes and tags left out of accepted events because the Events API can't take their value.
  public let ignoredValues: UInt64
  /// Posts sent, repeats included.
  public let posts: UInt64
  /// Posts that will be or were repeated after a failure.
  public let retries: UInt64
  /// HTTP status of the last answer; nil before the first, and after a post without an answer.
  public let lastHTTPStatus: UInt32?
  /// How delivery goes: the worst over all endpoints.
  public let deliveryState: DeliveryState
  /// Bytes of the records of waiting events.
  public let pendingBytes: UInt64
  /// Time since the oldest waiting event was recorded, to the millisecond; zero if none waits.
  public let oldestPending: Duration
  /// True if waiting events survive the process, false if they are in memory only.
  public let isDurable: Bool
  /// Threads that the library runs for this client: 0 or 1.
  public let threads: UInt32
  /// How events are kept.
  public let journal: Journal
  /// Bytes that the journal takes: of the disk, or of memory.
  public let journalBytes: UInt64
  /// Bytes of this client's dead letters on the disk.
  public let deadLetterBytes: UInt64
  /// Directories of earlier clients that were left alone, for another endpoint or another version of the format.
  public let foreignDirectories: UInt64
  /// The system's number of the disk's last error; nil while the disk works.
  public let diskErrno: Int32?

  /// How events are kept.
  public enum Journal: Sendable, Hashable {
    /// In memory: what waits is lost with the process.
    case memory
    /// ``Options/Journal/Kind/written``
    case written
    /// ``Options/Journal/Kind/mapped``
    case mapped
    /// What a later library says that this package does not know.
    case unknown(UInt32)
  }

  /// How delivery goes.
  public enum DeliveryState: Sendable, Hashable {
    /// Nothing waits, or what waits is sent as it comes.
    case ok
    /// The last post failed in a way that may pass; the next attempt is timed.
    case retrying
    /// The server refuses what only a person can mend; attempts are a minute apart.
    case held
    /// What a later library says that this package does not know.
    case unknown(UInt32)
  }
}

extension Stats {
  init(_ raw: opt_stats) {
    accepted = raw.accepted
    acceptedImpressions = raw.accepted_impressions
    acceptedConversions = raw.accepted_conversions
    recovered = raw.recovered
    delivered = raw.delivered
    pending = raw.pending
    deadLettered = raw.dead_lettered
    dropped = raw.dropped
    refusedQueueFull = raw.refused_queue_full
    refusedTooLarge = raw.refused_too_large
    refusedUnknownEvent = raw.refused_unknown_event
    refusedOther = raw.refused_other
    ignoredValues = raw.ignored_values
    posts = raw.posts
    retries = raw.retries
    lastHTTPStatus = raw.last_http_status == 0 ? nil : raw.last_http_status
    deliveryState = DeliveryState(raw.delivery_state)
    pendingBytes = raw.pending_bytes
    oldestPending = .milliseconds(raw.oldest_pending_ms)
    isDurable = raw.is_durable != 0
    threads = raw.threads
    droppedCorrupt = raw.dropped_corrupt
    droppedDiscarded = raw.dropped_discarded
    droppedPurged = raw.dropped_purged
    droppedExpired = raw.dropped_expired
    droppedDeadLetterLimit = raw.dropped_dead_letter_limit
    refusedDisk = raw.refused_disk
    refusedTrackingOff = raw.refused_tracking_off
    journal = Journal(raw.journal_kind)
    journalBytes = raw.journal_bytes
    deadLetterBytes = raw.dead_letter_bytes
    foreignDirectories = raw.foreign_directories
    diskErrno = raw.disk_errno == 0 ? nil : Int32(clamping: raw.disk_errno)
  }
}

extension Stats.Journal {
  init(_ kind: UInt32) {
    switch kind {
    case 0: self = .memory
    case UInt32(OPT_JOURNAL_WRITTEN): self = .written
    case UInt32(OPT_JOURNAL_MAPPED): self = .mapped
    default: self = .unknown(kind)
    }
  }
}

extension Stats.DeliveryState {
  init(_ state: UInt32) {
    switch state {
    case UInt32(OPT_DELIVERY_OK): self = .ok
    case UInt32(OPT_DELIVERY_RETRYING): self = .retrying
    case UInt32(OPT_DELIVERY_HELD): self = .held
    default: self = .unknown(state)
    }
  }
}
