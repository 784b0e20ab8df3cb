// The user profile service: where visitors' variations are kept, so that they stay what they were.

/// The variations that a visitor was bucketed into: what a ``ProfileService`` keeps.
///
/// Encoded, it is the JSON of Optimizely's other SDKs:
/// `{"user_id": "…", "experiment_bucket_map": {"<experiment id>": {"variation_id": "<variation id>"}}}`.
///
/// A plain value, safe to share among threads.
public struct UserProfile: Sendable, Hashable {
  /// The visitor's id.
  public var userID: String
  /// Variation ids by experiment id.
  public var variations: [String: String]

  /// A profile.
  public init(userID: String, variations: [String: String] = [:]) {
    self.userID = userID
    self.variations = variations
  }
}

/// Keeps visitors' profiles, in a store of yours.
///
/// A decision looks the profile up before it is made, and saves it afterwards if a new variation was given: once a
/// call, however many flags it decides. Both run on the thread of the call, which waits for them, and may run at the
/// same time on many threads. Two calls at the same time for one visitor may both save; the later one wins. Both may
/// call the client.
///
/// What they throw never fails a decision: it is logged, and the decision is made without the profile. After a failed
/// look-up nothing is saved, so that a profile that could not be read isn't overwritten.
public protocol ProfileService: Sendable {
  /// The profile of a visitor; nil if there is none yet.
  func lookup(userID: String) throws -> UserProfile?

  /// Keeps the profile of ``UserProfile/userID`` in place of the one before.
  func save(_ profile: UserProfile) throws
}

extension UserProfile: Codable {
  private struct Entry: Codable {
    let variationID: String

    enum CodingKeys: String, CodingKey {
      case variationID = "variation_id"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case userID = "user_id"
    case variations = "experiment_bucket_map"
  }

  /// Reads the JSON of Optimizely's SDKs.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    userID = try container.decode(String.self, forKey: .userID)
    variations = try container.decode([String: Entry].self, forKey: .variations).mapValues(\.variationID)
  }

  /// Writes the JSON of Optimizely's SDKs.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(userID, forKey: .userID)
    try container.encode(variations.mapValues(Entry.init(variationID:)), forKey: .variations)
  }
}

extension UserProfile {
  /// The profile as the library takes it.
  var json: String {
    let entries = variations.mapValues { JSONValue.object(["variation_id": .string($0)]) }
    return JSONValue.object(["user_id": .string(userID), "experiment_bucket_map": .object(entries)]).text
  }

  /// A profile as the library writes it.
  init(json: String) throws {
    let profile = try JSONValue(parsing: json)
    guard let userID = profile["user_id"]?.string, let entries = profile["experiment_bucket_map"]?.object else {
      throw OptError.badAnswer("a profile without user_id or experiment_bucket_map")
    }
    self.init(userID: userID, variations: entries.compactMapValues { $0["variation_id"]?.string })
  }
}
