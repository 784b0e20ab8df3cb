// What goes wrong in the host's own services, said on standard error as the library says its own.
#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes errors: each kind at once the first time, then counted and at most hourly, as the library does.
final class ServiceLog: Sendable {
  enum Kind: Hashable {
    case lookup
    case save
    case prediction
  }

  private struct Silence {
    let since: ContinuousClock.Instant
    var unsaid = 0
  }

  private static let repeatAfter = Duration.seconds(3_600)

  private let level: Options.LogLevel
  private let writeLine: @Sendable (String) -> Void
  private let silences = Locked<[Kind: Silence]>([:])

  init(level: Options.LogLevel, write: @escaping @Sendable (String) -> Void) {
    self.level = level
    writeLine = write
  }

  func say(_ kind: Kind, _ message: @autoclosure () -> String, now: ContinuousClock.Instant = .now) {
    guard level.rawValue >= Options.LogLevel.error.rawValue, let unsaid = unsaidRepeats(of: kind, now) else { return }
    let repeats = unsaid > 0 ? " (\(unsaid) more in the last hour)" : ""
    writeLine("opttrack error: \(message())\(repeats)\n")
  }

  /// How often the kind came without being said, if it is to be said now.
  private func unsaidRepeats(of kind: Kind, _ now: ContinuousClock.Instant) -> Int? {
    silences.use { silences in
      let silence = silences[kind]
      if let silence, now < silence.since + Self.repeatAfter {
        silences[kind]?.unsaid += 1
        return nil
      }
      silences[kind] = Silence(since: now)
      return silence?.unsaid ?? 0
    }
  }

  /// Writes to standard error. If that is closed, it is the host's wish; there is nowhere left to say so.
  static func toStandardError(_ line: String) {
    var line = line
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
