// Where events wait until they are delivered, and who delivers them.

extension Options {
  /// A journal on disk: events wait there until they are delivered.
  ///
  /// Any number of clients and processes may share a directory: each has one of its own inside it, locked, and what a
  /// client that is no more has left is taken over by the next one whose events go to the same endpoint. So what was
  /// accepted is delivered though the process be killed, by this process or a later one.
  public struct Journal: Sendable, Hashable {
    /// Where it lies. `Client.init` makes the directory, for this user alone, and throws ``OptError/disk(_:)`` where it
    /// can't be used.
    public var directory: String
    /// How events are written.
    public var kind: Kind
    /// What it survives.
    public var durability: Durability
    /// Most bytes of disk for this client's events: 64 KiB to 1 TiB, default 1 GiB. At the limit new events are refused
    /// with ``OptError/queueFull(_:)``.
    public var bytes: UInt64
    /// Most bytes of disk for this client's dead letters: up to 1 TiB, default 64 MiB. Past it an event that the server
    /// refuses is dropped, counted and logged.
    public var deadLetterBytes: UInt64

    /// A journal in a directory.
    public init(
      directory: String, kind: Kind = .written, durability: Durability = .process, bytes: UInt64 = 1 << 30,
      deadLetterBytes: UInt64 = 64 << 20
    ) {
      self.directory = directory
      self.kind = kind
      self.durability = durability
      self.bytes = bytes
      self.deadLetterBytes = deadLetterBytes
    }

    /// How events are written.
    public enum Kind: UInt32, Sendable, Hashable, CaseIterable {
      /// By system calls, about a microsecond each.
      case written = 1
      /// Through memory that is shared with the file, a tenth of that. The host takes a risk: the kernel ends the process
      /// with SIGBUS if the disk can't give a page back, or if somebody cuts or locks the file. On file systems that copy
      /// on write or reach over a network ``written`` is taken instead; ``Stats/journal`` says which.
      case mapped = 2
    }

    /// What a journal survives.
    public enum Durability: UInt32, Sendable, Hashable, CaseIterable {
      /// The end of the process, however it comes.
      case process = 0
      /// A loss of power too, but for the last second, 64 KiB or 100 events, whichever is least.
      /// ``Client/sync(timeout:)`` asks the disk at once.
      case system = 1
    }
  }

  /// Who delivers a client's events.
  public enum Driving: Sendable, Hashable {
    /// A thread of the library's own, from the first event on.
    case ownThread
    /// The host, by ``Client/pump(budget:)``: the library starts no thread at all.
    case host
    /// The host, which makes the requests too: by ``Client/deliver(by:)``, or by ``Client/nextRequest(timeout:)`` and
    /// ``Client/complete(_:with:)``. The library starts no thread and opens no connection.
    case hostTransport
  }
}
