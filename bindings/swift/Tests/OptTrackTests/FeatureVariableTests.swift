// Variables asked for one by one and all at once, and the project as OptimizelyConfig.
import Foundation
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct FeatureVariableTests {
  let user = User("visitor-1")

  @Test func eachTypeHasItsGetter() throws {
    let client = try Shop.client()
    #expect(try client.featureVariableInt("columns", of: "new_checkout", for: user) == 3)
    #expect(try client.featureVariableBool("express", of: "new_checkout", for: user))
    #expect(try client.featureVariableDouble("ratio", of: "new_checkout", for: user) == 2.5)
    #expect(try client.featureVariableString("title", of: "new_checkout", for: user) == "Pay now")
    #expect(try client.featureVariableJSON("theme", of: "new_checkout", for: user) == ["dark": true])
    let theme = try client.featureVariable("theme", of: "new_checkout", for: user, as: [String: Bool].self)
    #expect(theme == ["dark": true])
    #expect(try client.stats().accepted == 0)
  }

  @Test(
    arguments: [
      ("columns", 3, .integer), ("express", true, .boolean), ("ratio", 2.5, .double), ("title", "Pay now", .string),
      ("theme", ["dark": true], .json),
    ] as [(String, JSONValue, VariableType)])
  func aVariableTellsItsType(key: String, value: JSONValue, type: VariableType) throws {
    let variable = try Shop.client().featureVariable(key, of: "new_checkout", for: user)
    #expect(variable.value == value)
    #expect(variable.type == type)
  }

  @Test func whatCantBeGivenSaysWhy() throws {
    let client = try Shop.client()
    let flag = "new_checkout"
    #expect(refusal { try client.featureVariableInt("columns", of: "none", for: user) }?.name == "unknownFlag")
    #expect(refusal { try client.featureVariableInt("none", of: flag, for: user) }?.name == "unknownVariable")
    #expect(refusal { try client.featureVariableInt("title", of: flag, for: user) }?.name == "wrongType")
    #expect(refusal { try client.featureVariableInt("size", of: "gift_wrap", for: user) }?.name == "badValue")
    #expect(refusal { try client.featureVariable("none", of: flag, for: user) }?.name == "unknownVariable")
    #expect(refusal { try client.allFeatureVariables(of: "none", for: user) }?.name == "unknownFlag")
    #expect(throws: DecodingError.self) {
      try client.featureVariable("theme", of: flag, for: user, as: [Int].self)
    }
  }

  @Test func allVariablesComeAtOnce() throws {
    let client = try Shop.client()
    let variables = try client.allFeatureVariables(of: "new_checkout", for: user)
    #expect(
      variables.values == ["columns": 3, "express": true, "ratio": 2.5, "title": "Pay now", "theme": ["dark": true]])
    #expect(variables.error == nil)
    #expect(try client.stats().accepted == 0)
  }

  @Test func whatCantBeReadIsNullAndTheRestIsThere() throws {
    let variables = try Shop.client().allFeatureVariables(of: "gift_wrap", for: user)
    #expect(variables.values == ["size": nil, "paper": "red"])
    #expect(variables.error?.name == "partial")
    #expect(variables.error?.report.message.contains("size") == true)
  }
}

@Suite(.timeLimit(.minutes(2)))
struct OptimizelyConfigTests {
  @Test func theProjectIsTold() throws {
    let config = try Shop.client().optimizelyConfig()
    #expect([config.revision, config.sdkKey, config.environmentKey] == ["42", "", ""])
    #expect(
      Set(config.experimentsMap.keys) == ["checkout_button", "gold_banner", "vip_lounge", "checkout_test"])
    #expect(config.experimentsMap["gold_banner"]?.audiences == #""gold""#)
    #expect(config.experimentsMap["checkout_button"]?.variationsMap["green"]?.id == "4011")
    #expect(config.experimentsMap["checkout_button"]?.variationsMap["green"]?.featureEnabled == true)
    let feature = try #require(config.featuresMap["new_checkout"])
    #expect(feature.experimentRules.map(\.key) == ["checkout_test"])
    #expect(feature.deliveryRules.isEmpty)
    #expect(feature.variablesMap["columns"]?.value == "2")
    #expect(feature.variablesMap["theme"]?.type == "json")
    #expect(feature.experimentRules[0].variationsMap["on"]?.variablesMap["columns"]?.value == "3")
    #expect(config.featuresMap["free_shipping"]?.deliveryRules.map(\.key) == ["everyone"])
    #expect(config.attributes.map(\.key) == ["plan", "age", "member", "score"])
    #expect(config.audiences.map(\.name) == ["gold", "vips"])
    #expect(config.events.map(\.key) == ["purchase", "signup"])
    #expect(config.events[0].experimentIds == ["401"])
    #expect(config.datafile == Shop.datafile())
  }

  @Test func itSurvivesEncoding() throws {
    let config = try Shop.client().optimizelyConfig()
    let again = try JSONDecoder().decode(OptimizelyConfig.self, from: JSONEncoder().encode(config))
    #expect(again.datafile.isEmpty)
    #expect(again.featuresMap == config.featuresMap)
    #expect(again.experimentsMap == config.experimentsMap)
    #expect(again.audiences == config.audiences)
  }

  @Test func itFollowsTheDatafile() throws {
    let client = try Shop.client()
    try client.setDatafile(Shop.datafile(revision: "43"))
    #expect(try client.optimizelyConfig().revision == "43")
    #expect(try client.optimizelyConfig().datafile == Shop.datafile(revision: "43"))
  }
}
