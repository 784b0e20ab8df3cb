// The bytes that reach the collector: an impression, a conversion, and what is left out of them.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct WireTests {
  let visitor = User("vis\u{0}itor-é-🎈", attributes: ["plan": "gold", "age": 34, "member": true, "score": 0.25])

  let visitorsAttributes: JSON = [
    botFiltering, attribute("202", "age", 34), attribute("203", "member", true), attribute("201", "plan", "gold"),
    attribute("204", "score", 0.25),
  ]

  @Test func activateSendsOneImpression() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    let start = now()
    let decision = try client.activate("checkout_button", for: visitor)
    #expect(decision.impression == .accepted)
    try await client.close()

    let batches = try await collector.batches()
    #expect(batches.count == 1)
    #expect(batches[0]["visitors"].elements.count == 1)
    #expect(
      batches[0].without("visitors") == [
        "account_id": "12001", "project_id": "111001", "revision": "42", "client_name": "libopttrack",
        "client_version": .string(LibraryVersion.running), "anonymize_ip": false, "enrich_decisions": true,
      ])
    #expect(
      try withoutChance(batches[0]["visitors"][0], since: start) == [
        "visitor_id": "vis\u{0}itor-é-🎈", "attributes": visitorsAttributes,
        "snapshots": [
          [
            "decisions": [
              [
                "campaign_id": "501", "experiment_id": "401", "variation_id": "4010",
                "metadata": [
                  "flag_key": "", "rule_key": "checkout_button", "rule_type": "experiment", "variation_key": "blue",
                  "enabled": true,
                ],
              ]
            ],
            "events": [["entity_id": "501", "key": "campaign_activated"]],
          ]
        ],
      ])
  }

  @Test func trackSendsOneConversionWithTagsOfEachType() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    let start = now()
    let method = "ca\u{0}rd \"é\" 🎈"
    try client.track(
      "purchase", for: visitor,
      tags: [
        "revenue": 4200, "value": 1.5, "method": "\(method)", "gift": true, "refund": false, "items": -3,
        "digits": .int(.max), "empty": "",
      ])
    try await client.close()

    let visitors = try await collector.visitors()
    #expect(visitors.count == 1)
    #expect(
      try withoutChance(visitors[0], since: start) == [
        "visitor_id": "vis\u{0}itor-é-🎈", "attributes": visitorsAttributes,
        "snapshots": [
          [
            "events": [
              [
                "entity_id": "301", "key": "purchase", "revenue": 4200, "value": 1.5,
                "tags": [
                  "revenue": 4200, "value": 1.5, "method": .string(method), "gift": true, "refund": false,
                  "items": -3, "digits": .int(.max), "empty": "",
                ],
              ]
            ]
          ]
        ],
      ])
  }

  @Test func valuesThatCantBeSentAreLeftOutAndCounted() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    let start = now()
    let user = User(
      "visitor-1", attributes: ["plan": "gold", "score": .double(.nan), "age": .int((1 << 53) + 1), "member": nil])
    try client.track(
      "signup", for: user, tags: ["kept": 1, "nan": .double(.nan), "endless": .double(-.infinity), "none": nil])
    // NaN and the number beyond 2^53 of the attributes, three tags; an attribute known to have no value is no loss.
    #expect(try client.stats().ignoredValues == 5)
    try await client.close()

    let visitors = try await collector.visitors()
    #expect(visitors.count == 1)
    #expect(
      try withoutChance(visitors[0], since: start) == [
        "visitor_id": "visitor-1", "attributes": [botFiltering, attribute("201", "plan", "gold")],
        "snapshots": [["events": [["entity_id": "302", "key": "signup", "tags": ["kept": 1]]]]],
      ])
  }

  @Test func unknownEventIsRefusedAndNothingIsSent() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    do {
      try client.track("purchas", for: visitor)
      Issue.record("nothing was thrown")
    } catch OptError.unknownEvent(let report) {
      #expect(report.message.contains("purchas"))
      #expect(!report.isRetriable)
    }
    try await client.close()
    #expect(try await collector.stats()["events"] == 0)
    #expect(try client.stats().refusedUnknownEvent == 1)
    #expect(try client.stats().accepted == 0)
  }

  @Test func aNewDatafileGoesOutUnderItsRevision() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    try client.track("signup", for: visitor)
    try client.setDatafile(Shop.datafile(revision: "43"))
    #expect(refusal { try client.setDatafile("{") }?.name == "invalidDatafile")
    try client.track("signup", for: visitor)
    try await client.close()
    #expect(try await collector.batches().map { $0["revision"] } == ["42", "43"])
  }

  @Test func theProductNamesItself() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) {
      $0.product = Options.Product(name: "shop-app", version: "4.2.0")
    }
    try client.track("signup", for: visitor)
    try await client.close()
    let batches = try await collector.batches()
    #expect(batches.map { $0["client_name"] } == ["shop-app"])
    #expect(batches.map { $0["client_version"] } == ["4.2.0"])
  }
}
