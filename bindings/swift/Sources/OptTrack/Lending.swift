// Text across the boundary: Swift's lent to C for the length of a call, C's copied into Swift.
internal import COptTrack

extension String {
  /// Lends the text to `body`, without a copy where Swift holds it as UTF-8 already.
  func withText<Result>(_ body: (opt_str) throws -> Result) rethrows -> Result {
    var text = self
    return try text.withUTF8 { try body(opt_str(UnsafeRawBufferPointer($0))) }
  }

  /// A copy of what the library lent; nil where it says that there is none.
  init?(_ text: opt_str) {
    guard let data = text.data else { return nil }
    self.init(decoding: UnsafeRawBufferPointer(start: data, count: text.len), as: UTF8.self)
  }
}

extension opt_str {
  fileprivate init(_ bytes: UnsafeRawBufferPointer) {
    self.init(data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), len: bytes.count)
  }
}
