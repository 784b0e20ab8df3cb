// Durations as the C library counts them: whole milliseconds in 32 bits.

extension Duration {
  /// The duration in milliseconds: rounded up, so that no wait becomes none, and held within 0 and 2^32 - 1.
  var milliseconds: UInt32 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 4_294_967 else { return .max }
    let perMillisecond: Int64 = 1_000_000_000_000_000
    return UInt32(seconds * 1_000 + (attoseconds + perMillisecond - 1) / perMillisecond)
  }
}
