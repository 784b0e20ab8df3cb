// Everything that deciding a flag tells, for one flag and for several.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct DecideTests {
  let user = User("visitor-1")

  @Test func aDecisionNamesItsRuleByKeyIDAndKind() throws {
    let client = try Shop.client()
    let test = client.decide("new_checkout", for: user)
    #expect([test.ruleKey, test.ruleID, test.variationID] == ["checkout_test", "404", "4040"])
    #expect(test.source == .featureTest)
    #expect(test.error == nil)
    #expect(test.cmabUUID == nil)
    let rollout = client.decide("free_shipping", for: user)
    #expect([rollout.ruleKey, rollout.ruleID, rollout.variationID] == ["everyone", "405", "4050"])
    #expect(rollout.source == .rollout)
    #expect(try client.activate("checkout_button", for: user).source == .experiment)
    let none = client.decide("gift_wrap", for: user)
    #expect([none.ruleKey, none.ruleID, none.variationKey, none.variationID] == [nil, nil, nil, nil])
    #expect(none.source == .rollout)
  }

  @Test func variablesComeInTheirTypes() throws {
    let variables = try Shop.client().decide("new_checkout", for: user).variables
    #expect(try variables.int("columns") == 3)
    #expect(try variables.bool("express"))
    #expect(try variables.double("ratio") == 2.5)
    #expect(try variables.string("title") == "Pay now")
    #expect(try variables.decode("theme", as: [String: Bool].self) == ["dark": true])
    #expect(refusal { try variables.int("ratio") }?.name == "wrongType")
    #expect(variables.values.count == 5)
  }

  @Test func aVariableThatCantBeReadIsNullAndAReason() throws {
    let decision = try Shop.client().decide("gift_wrap", for: user)
    #expect(decision.variables["size"] == .null)
    #expect(try decision.variables.string("paper") == "red")
    #expect(decision.reasons == [#"Variable value for key "size" is invalid or wrong type."#])
    #expect(decision.error == nil)
  }

  @Test func variablesAreLeftOutOnRequest() throws {
    let decision = try Shop.client().decide("new_checkout", for: user, options: .excludeVariables)
    #expect(decision.variables == Variables.none)
    #expect(decision.variationKey == "on")
  }

  @Test func reasonsAreToldOnRequest() throws {
    let client = try Shop.client()
    let silent = client.decide("new_checkout", for: user)
    #expect(silent.reasons.isEmpty)
    #expect(silent.explanation == nil)
    let telling = client.decide("new_checkout", for: user, options: .includeReasons)
    #expect(telling.reasons.contains { $0.contains("checkout_test") })
    let explanation = try #require(telling.explanation)
    #expect(explanation.text.contains("checkout_test"))
    #expect(try JSONValue(parsing: explanation.json).object?.isEmpty == false)
  }

  @Test func anUnknownFlagIsAnErrorDecision() throws {
    let decision = try Shop.client().decide("no_such_flag", for: user)
    #expect(decision.flagKey == "no_such_flag")
    #expect(decision.error?.name == "unknownFlag")
    #expect(decision.reasons == [#"No flag was found for key "no_such_flag"."#])
    #expect(!decision.enabled)
    #expect(decision.variationKey == nil)
    #expect(decision.variables == Variables.none)
    #expect(decision.impression == .suppressed)
  }

  @Test func severalFlagsAreDecidedInTheirOrder() throws {
    let client = try Shop.client()
    let keys = ["free_shipping", "no_such_flag", "new_checkout", "free_shipping"]
    let decisions = client.decide(flags: keys, for: user)
    #expect(decisions.map(\.flagKey) == ["free_shipping", "no_such_flag", "new_checkout"])
    #expect(decisions.error == nil)
    #expect(decisions["new_checkout"]?.ruleKey == "checkout_test")
    #expect(decisions["no_such_flag"]?.error?.name == "unknownFlag")
    #expect(decisions["gift_wrap"] == nil)
    #expect(try client.stats().acceptedImpressions == 1)
    #expect(client.decide(flags: [], for: user).isEmpty)
  }

  @Test func allFlagsAreDecidedInTheDatafilesOrder() throws {
    let client = try Shop.client()
    #expect(client.decideAll(for: user).map(\.flagKey) == ["new_checkout", "free_shipping", "gift_wrap"])
    let enabled = client.decideAll(for: user, options: .enabledFlagsOnly)
    #expect(enabled.map(\.flagKey) == ["new_checkout", "free_shipping"])
    let named = client.decide(flags: ["gift_wrap", "no_such_flag"], for: user, options: .enabledFlagsOnly)
    #expect(named.map(\.flagKey) == ["no_such_flag"])
  }

  @Test func optionsTheLibraryDoesNotKnowFailTheWhole() throws {
    let client = try Shop.client()
    let strange = DecideOptions(rawValue: 1 << 31)
    #expect(client.decideAll(for: user, options: strange).error?.name == "invalidArgument")
    #expect(client.decide(flags: ["gift_wrap"], for: user, options: strange).error?.name == "invalidArgument")
    #expect(refusal { try Shop.client { $0.defaultDecideOptions = strange } }?.name == "invalidArgument")
  }

  @Test func defaultOptionsHoldForEveryCall() throws {
    let client = try Shop.client { $0.defaultDecideOptions = [.includeReasons, .disableDecisionEvent] }
    let decision = client.decide("new_checkout", for: user, options: .excludeVariables)
    #expect(!decision.reasons.isEmpty)
    #expect(decision.impression == .suppressed)
    #expect(decision.variables == Variables.none)
    #expect(try client.stats().accepted == 0)
  }

  @Test func forcedDecisionsOutrankEverything() throws {
    let client = try Shop.client()
    var user = user
    user.setForcedDecision("on", flag: "new_checkout")
    let flag = client.decide("new_checkout", for: user)
    #expect([flag.variationKey, flag.ruleKey] == ["on", nil])
    user.removeForcedDecision(flag: "new_checkout")
    user.setForcedDecision("nonsense", flag: "new_checkout", rule: "checkout_test")
    let nonsense = client.decide("new_checkout", for: user, options: .includeReasons)
    #expect([nonsense.variationKey, nonsense.ruleKey] == ["on", "checkout_test"])
    #expect(nonsense.reasons.contains { $0.contains("nonsense") })
    user.setForcedDecision("on", flag: "free_shipping", rule: "everyone")
    #expect(client.decide("free_shipping", for: user).source == .rollout)
  }

  @Test func aLargeAnswerArrivesWholeAndCountsOnce() throws {
    let title = String(repeating: "long ", count: 20_000)
    let client = try Shop.client(datafile: Shop.datafile(title: title))
    #expect(try client.decide("new_checkout", for: user).variables.string("title") == title)
    #expect(try client.decideAll(for: user)["new_checkout"]?.variables.string("title") == title)
    #expect(try client.stats().acceptedImpressions == 2)
  }

  @Test func aDecisionIsTheJSONOfOtherSDKs() throws {
    let client = try Shop.client()
    #expect(
      try JSONValue(parsing: client.decide("new_checkout", for: user).json) == [
        "flagKey": "new_checkout", "ruleKey": "checkout_test", "variationKey": "on", "enabled": true,
        "variables": ["columns": 3, "express": true, "ratio": 2.5, "title": "Pay now", "theme": ["dark": true]],
        "reasons": [],
      ])
    let none = try JSONValue(parsing: client.decide("no_such_flag", for: user).json)
    #expect(none["ruleKey"] == .null)
    #expect(none["reasons"] == [#"No flag was found for key "no_such_flag"."#])
  }
}
