// The user context: a value of Swift's own, lent to the C library for the length of a call.
internal import COptTrack

/// A visitor: an id, attributes and qualified segments.
///
/// A plain value: copy it, change the copy, share it among threads. It belongs to no client, and there is nothing to
/// free. Make one for each request:
///
/// ```swift
/// let user = User("visitor-1", attributes: ["plan": "gold", "age": 34])
/// ```
public struct User: Sendable, Hashable {
  /// The visitor's id, as it goes out as `visitor_id`. The Events API needs one: events of an empty id are sent, but
  /// logged with a warning.
  public var id: String

  /// Attributes by key. ``bucketingIDKey`` is reserved.
  public var attributes: [String: Value]

  /// The segments that the user qualifies for, as the audience match `qualified` reads them; nil if they were never
  /// fetched.
  public var qualifiedSegments: [String]?

  /// The key of the reserved attribute whose text is what the user is bucketed by instead of the id.
  public static let bucketingIDKey = "$opt_bucketing_id"

  /// A user. Nothing is checked here; what a decision or an event can't use is left out there and logged.
  public init(_ id: String, attributes: [String: Value] = [:], qualifiedSegments: [String]? = nil) {
    self.id = id
    self.attributes = attributes
    self.qualifiedSegments = qualifiedSegments
  }
}

extension User {
  /// Lends the user to `body` as a C user that lives until `body` returns.
  func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    var user: OpaquePointer?
    try id.withText { id in
      try withPairs(attributes) { pairs, count in
        try check { opt_user_new(id, pairs, count, &user, $0) }
      }
    }
    defer { opt_user_free(user) }
    guard let user else { throw OptError.missingHandle }
    if let qualifiedSegments {
      try withTexts(qualifiedSegments) { texts, count in
        try check { opt_user_set_qualified_segments(user, texts, count, $0) }
      }
    }
    return try body(user)
  }
}
