// Durations as the C library counts them: whole milliseconds.

extension Duration {
  /// The duration in milliseconds: rounded up, so that no wait becomes none, and held within 0 and 2^32 - 1.
  var milliseconds: UInt32 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 4_294_967 else { return .max }
    let perMillisecond: Int64 = 1_000_000_000_000_000
    return UInt32(seconds * 1_000 + (attoseconds + perMillisecond - 1) / perMillisecond)
  }

  /// The same in 64 bits, for a duration of which 0 means none: one that is negative or has no such number is out of
  /// every range.
  var longMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0, seconds < Int64.max / 1_000 - 1 else { return .max }
    let perMillisecond: Int64 = 1_000_000_000_000_000
    return UInt64(seconds * 1_000 + (attoseconds + perMillisecond - 1) / perMillisecond)
  }
}
