// Variables by type, decide options by name, forced decisions of a user, profiles as JSON: what needs no client.
import Foundation
import Testing

@testable import OptTrack

@Suite struct VariablesTests {
  private func shop() throws -> Variables {
    try Variables(json: #"{"on":true,"count":3,"ratio":2.5,"name":"a","theme":{"dark":true},"bad":null}"#)
  }

  @Test func variablesAreReadByTheirType() throws {
    let variables = try shop()
    #expect(try variables.bool("on"))
    #expect(try variables.int("count") == 3)
    #expect(try variables.double("ratio") == 2.5)
    #expect(try variables.double("count") == 3)
    #expect(try variables.string("name") == "a")
    #expect(try variables.value("theme") == ["dark": true])
    #expect(variables["theme"]?["dark"]?.bool == true)
    #expect(variables["other"] == nil)
  }

  @Test func whatCantBeReadSaysWhy() throws {
    let variables = try shop()
    #expect(refusal { try variables.bool("count") }?.name == "wrongType")
    #expect(refusal { try variables.int("ratio") }?.name == "wrongType")
    #expect(refusal { try variables.double("name") }?.name == "wrongType")
    #expect(refusal { try variables.string("theme") }?.name == "wrongType")
    #expect(refusal { try variables.int("bad") }?.name == "badValue")
    #expect(refusal { try variables.value("other") }?.name == "unknownVariable")
    #expect(refusal { try variables.decode("other", as: Int.self) }?.name == "unknownVariable")
  }

  @Test func variablesAreDecodedIntoOnesOwnTypes() throws {
    struct Theme: Decodable, Equatable {
      let dark: Bool
    }
    struct All: Decodable {
      let count: Int
      let ratio: Double
      let theme: Theme
      let bad: String?
    }
    #expect(try shop().decode("theme", as: Theme.self) == Theme(dark: true))
    let all = try shop().decode(as: All.self)
    #expect((all.count, all.ratio, all.theme.dark) == (3, 2.5, true))
    #expect(all.bad == nil)
    #expect(throws: DecodingError.self) { try shop().decode("name", as: Theme.self) }
  }
}

@Suite struct DecideOptionsTests {
  @Test func optionsHaveOptimizelysNames() throws {
    #expect(try DecideOptions(names: ["INCLUDE_REASONS", "NO_WAIT"]) == [.includeReasons, .noWait])
    #expect(try DecideOptions(names: []) == [])
    let all = DecideOptions(rawValue: 511)
    #expect(all.names.count == 9)
    #expect(try DecideOptions(names: all.names) == all)
  }

  @Test(arguments: ["", "include_reasons", "INCLUDE_REASON"])
  func anUnknownNameIsRefused(name: String) {
    let error = refusal { try DecideOptions(names: ["NO_WAIT", name]) }
    #expect(error?.name == "invalidArgument")
    #expect(error?.report.message.hasPrefix("invalid option: \(name);") == true)
  }
}

@Suite struct UserTests {
  @Test func forcedDecisionsAreSetReplacedAndRemoved() {
    var user = User("u")
    #expect(user.forcedDecision(flag: "f") == nil)
    user.setForcedDecision("v", flag: "f")
    user.setForcedDecision("w", flag: "f", rule: "r")
    user.setForcedDecision("x", flag: "f", rule: "")
    #expect(user.forcedDecision(flag: "f") == "x")
    #expect(user.forcedDecision(flag: "f", rule: "r") == "w")
    #expect(user.forcedDecision(flag: "g") == nil)
    #expect(user.forcedDecisions.count == 2)
    let removed = [user.removeForcedDecision(flag: "f"), user.removeForcedDecision(flag: "f")]
    #expect(removed == [true, false])
    #expect(user.forcedDecision(flag: "f", rule: "r") == "w")
    user.removeAllForcedDecisions()
    #expect(user == User("u"))
  }

  @Test func keysThatLookAlikeAreOtherKeys() {
    var user = User("u")
    user.setForcedDecision("composed", flag: "\u{E9}")
    user.setForcedDecision("decomposed", flag: "e\u{301}")
    #expect(user.forcedDecision(flag: "\u{E9}") == "composed")
    #expect(user.forcedDecision(flag: "e\u{301}") == "decomposed")
  }

  @Test func aCopyHasItsOwnForcedDecisions() {
    let user = User("u")
    var copy = user
    copy.setForcedDecision("v", flag: "f")
    #expect(user.forcedDecision(flag: "f") == nil)
  }

  @Test func profilesAreTheJSONOfOtherSDKs() throws {
    let profile = UserProfile(userID: "u", variations: ["1": "2"])
    let json = #"{"experiment_bucket_map":{"1":{"variation_id":"2"}},"user_id":"u"}"#
    #expect(profile.json == json)
    #expect(try UserProfile(json: json) == profile)
    #expect(try JSONDecoder().decode(UserProfile.self, from: Data(json.utf8)) == profile)
    let encoded = String(decoding: try JSONEncoder().encode(profile), as: UTF8.self)
    #expect(try JSONValue(parsing: encoded) == JSONValue(parsing: json))
  }
}
