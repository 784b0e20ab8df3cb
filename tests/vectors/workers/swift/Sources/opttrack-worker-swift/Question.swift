// A question as the worker understands it.
import Foundation
import OptTrack

struct Question {
  let datafile: String
  let options: Options
  let profiles: Profiles?
  let forcedVariations: [ForcedVariation]
  let calls: [Call]
  let flushes: Bool

  init(_ asked: JSONValue) throws {
    let path = try asked.text("datafile")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    datafile = String(decoding: bytes, as: UTF8.self)
    guard datafile.utf8.elementsEqual(bytes) else {
      throw Inexpressible(why: "the datafile is no UTF-8, which every text in Swift is")
    }
    let profiles = try asked["profile"].map { try Profiles(of: try asked.text("profile_user"), $0) }
    self.profiles = profiles

    var options = Options()
    options.eventEndpoint = try asked.text("endpoint")
    options.batchSize = asked["batch_size"]?.int.map(UInt32.init)
    options.flushInterval = asked["flush_interval_ms"]?.int.map { .milliseconds($0) }
    options.cmabEndpoint = asked["cmab_endpoint"]?.string
    options.profileService = profiles
    options.logLevel = .off
    self.options = options

    forcedVariations = try asked.list("forced_variations").map(ForcedVariation.init)
    calls = try asked.list("calls").map(Call.init)
    flushes = asked["flush"]?.bool ?? false
  }
}

/// A profile service with one profile, which remembers what is saved last.
final class Profiles: ProfileService, @unchecked Sendable {
  // Sendable though the compiler can't see it: a question is answered by one thread.
  private(set) var saved: UserProfile?
  private let userID: String
  private let profile: UserProfile?

  init(of userID: String, _ profile: JSONValue) throws {
    self.userID = userID
    if profile.isNull {
      self.profile = nil
    } else {
      do {
        self.profile = try JSONDecoder().decode(UserProfile.self, from: Data(profile.text.utf8))
      } catch {
        throw Inexpressible(why: "the profile is of another shape than UserProfile")
      }
    }
  }

  func lookup(userID: String) -> UserProfile? {
    userID.utf8.elementsEqual(self.userID.utf8) ? profile : nil
  }

  func save(_ profile: UserProfile) { saved = profile }
}

/// A variation to be forced on a visitor, or to be no longer.
struct ForcedVariation {
  private let experiment: String
  private let user: String
  private let variation: String?

  init(_ asked: JSONValue) throws {
    guard let experiment = asked[0]?.string, let user = asked[1]?.string else {
      throw BadQuestion(what: "forced_variations")
    }
    (self.experiment, self.user, variation) = (experiment, user, asked[2]?.string)
  }

  /// Was it taken?
  func isSet(on client: Client) -> Bool {
    do {
      if let variation {
        try client.setForcedVariation(variation, of: experiment, forUserID: user)
      } else {
        try client.removeForcedVariation(of: experiment, forUserID: user)
      }
      return true
    } catch {
      return false
    }
  }
}

extension JSONValue {
  /// A text that must be there.
  func text(_ name: String) throws -> String {
    guard let text = self[name]?.string else { throw BadQuestion(what: name) }
    return text
  }

  /// A list; empty if it is not there.
  func list(_ name: String) throws -> [JSONValue] {
    guard let value = self[name], !value.isNull else { return [] }
    guard let list = value.array else { throw BadQuestion(what: name) }
    return list
  }

  /// A list of texts; empty if it is not there.
  func texts(_ name: String) throws -> [String] {
    try list(name).map { element in
      guard let text = element.string else { throw BadQuestion(what: name) }
      return text
    }
  }

  /// Attributes or tags; empty if they are not there.
  func values(_ name: String) throws -> [String: OptTrack.Value] {
    try (self[name]?.object ?? [:]).mapValues { try $0.value(name) }
  }

  private func value(_ name: String) throws -> OptTrack.Value {
    switch self {
    case .null: return .null
    case .bool(let boolean): return .bool(boolean)
    case .int(let integer): return .int(integer)
    case .double(let number): return .double(number)
    case .string(let text): return .string(text)
    case .object:
      switch self["$double"]?.string {
      case "NaN": return .double(.nan)
      case "Infinity": return .double(.infinity)
      case "-Infinity": return .double(-.infinity)
      default: break
      }
    case .array: break
    }
    throw BadQuestion(what: name)
  }
}
