// The decisions of several flags, in their order and by their keys.

/// Decisions of several flags: a collection in the order of the keys asked for, or of the datafile.
///
/// ```swift
/// for decision in client.decideAll(for: user) { print(decision.flagKey ?? "", decision.enabled) }
/// ```
///
/// A plain value, safe to share among threads.
public struct Decisions: Sendable, Hashable, RandomAccessCollection {
  private let elements: [Decision]

  /// Why nothing could be decided, and the collection is empty; nil otherwise. What went wrong with one flag stands in
  /// its own ``Decision/error``.
  public let error: OptError?

  init(_ elements: [Decision], error: OptError? = nil) {
    self.elements = elements
    self.error = error
  }

  /// Always 0.
  public var startIndex: Int { elements.startIndex }

  /// The number of decisions.
  public var endIndex: Int { elements.endIndex }

  /// The decision at `position`, which must be less than ``endIndex``.
  public subscript(position: Int) -> Decision { elements[position] }

  /// The decision of a flag; nil if it was not asked for, or left out for ``DecideOptions/enabledFlagsOnly``.
  public subscript(flagKey: String) -> Decision? {
    // Swift's == takes texts of one look for one; to Optimizely, keys of other bytes are other keys.
    elements.first { $0.flagKey.map { $0.utf8.elementsEqual(flagKey.utf8) } ?? false }
  }
}
