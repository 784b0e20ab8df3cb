// What is decided, and what becomes of the impression.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct DecisionTests {
  let user = User("visitor-1")

  @Test func decideTellsFlagRuleAndVariation() throws {
    let decision = try Shop.client().decide("new_checkout", for: user)
    #expect(decision.flagKey == "new_checkout")
    #expect(decision.ruleKey == "checkout_test")
    #expect(decision.variationKey == "on")
    #expect(decision.enabled)
    #expect(decision.impression == .accepted)
  }

  @Test func decideSendsTheImpressionOfTheFlag() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    _ = client.decide("new_checkout", for: user)
    try await client.close()
    let visitors = try await collector.visitors()
    #expect(
      visitors.map { $0["snapshots"][0]["decisions"][0] } == [
        [
          "campaign_id": "504", "experiment_id": "404", "variation_id": "4040",
          "metadata": [
            "flag_key": "new_checkout", "rule_key": "checkout_test", "rule_type": "feature-test",
            "variation_key": "on", "enabled": true,
          ],
        ]
      ])
  }

  @Test func impressionsCanBeSuppressed() throws {
    let client = try Shop.client()
    let decision = client.decide("new_checkout", for: user, options: .disableDecisionEvent)
    #expect(decision.variationKey == "on")
    #expect(decision.impression == .suppressed)
    #expect(try client.stats().accepted == 0)
  }

  @Test func unknownDecideOptionsAreRefused() throws {
    let client = try Shop.client()
    let decision = client.decide("new_checkout", for: user, options: DecideOptions(rawValue: 1 << 31))
    #expect(decision.error?.name == "invalidArgument")
    #expect(decision.reasons == [decision.error?.report.message])
    #expect(!decision.enabled)
  }

  @Test func getVariationRecordsNothing() throws {
    let client = try Shop.client()
    let decision = try client.getVariation("checkout_button", for: user)
    #expect(decision.flagKey == nil)
    #expect(decision.ruleKey == "checkout_button")
    #expect(decision.variationKey == "blue")
    #expect(decision.impression == .suppressed)
    #expect(try client.stats().accepted == 0)
  }

  @Test func isFeatureEnabledRecordsTheImpressionOfAnExperimentOnly() throws {
    let client = try Shop.client()
    #expect(try client.isFeatureEnabled("new_checkout", for: user))
    #expect(try client.stats().acceptedImpressions == 1)
    #expect(try client.isFeatureEnabled("free_shipping", for: user))
    #expect(try !client.isFeatureEnabled("gift_wrap", for: user))
    #expect(try client.stats().acceptedImpressions == 1)
  }

  @Test func enabledFeaturesComeInTheDatafilesOrder() throws {
    #expect(try Shop.client().enabledFeatures(for: user) == ["new_checkout", "free_shipping"])
  }

  @Test(arguments: [("gold", "on"), ("basic", nil)])
  func attributesDecide(plan: String, variation: String?) throws {
    let user = User("visitor-1", attributes: ["plan": .string(plan)])
    #expect(try Shop.client().getVariation("gold_banner", for: user).variationKey == variation)
  }

  @Test(arguments: [(["beta", "vip"], "on"), (["beta"], nil), ([], nil), (nil, nil)] as [([String]?, String?)])
  func segmentsDecide(segments: [String]?, variation: String?) throws {
    let user = User("visitor-1", qualifiedSegments: segments)
    #expect(try Shop.client().getVariation("vip_lounge", for: user).variationKey == variation)
  }

  @Test func unknownKeysAreErrorsOfTheirOwn() throws {
    let client = try Shop.client()
    let wrong = "no_such_thing"
    #expect(client.decide(wrong, for: user).error?.name == "unknownFlag")
    #expect(refusal { try client.isFeatureEnabled(wrong, for: user) }?.name == "unknownFlag")
    #expect(refusal { try client.activate(wrong, for: user) }?.name == "unknownExperiment")
    #expect(refusal { try client.getVariation(wrong, for: user) }?.name == "unknownExperiment")
    #expect(refusal { try client.forcedVariation(of: wrong, forUserID: "visitor-1") }?.name == "unknownExperiment")
    #expect(try client.stats().accepted == 0)
  }

  @Test func forcedVariationsOutrankTraffic() throws {
    let client = try Shop.client()
    #expect(try client.forcedVariation(of: "checkout_button", forUserID: "visitor-1") == nil)
    try client.setForcedVariation("green", of: "checkout_button", forUserID: "visitor-1")
    #expect(try client.forcedVariation(of: "checkout_button", forUserID: "visitor-1") == "green")
    #expect(try client.getVariation("checkout_button", for: user).variationKey == "green")
    #expect(try client.getVariation("checkout_button", for: User("visitor-2")).variationKey == "blue")
    try client.removeForcedVariation(of: "checkout_button", forUserID: "visitor-1")
    #expect(try client.forcedVariation(of: "checkout_button", forUserID: "visitor-1") == nil)
    #expect(try client.getVariation("checkout_button", for: user).variationKey == "blue")
  }

  @Test func aVariationThatIsNotThereCantBeForced() throws {
    let client = try Shop.client()
    let error = refusal { try client.setForcedVariation("red", of: "checkout_button", forUserID: "visitor-1") }
    #expect(error?.name == "notFound")
  }
}
