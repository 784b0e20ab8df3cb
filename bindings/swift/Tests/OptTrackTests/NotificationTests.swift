// Listeners are told what a call did before it returns; the stream tells what the client did by itself.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct NotificationTests {
  let user = User("visitor-1", attributes: ["plan": "gold", "age": 34])

  @Test func aDecisionIsToldAsOtherSDKsTellIt() throws {
    let client = try Shop.client()
    let told = Locked<[DecisionNotification]>([])
    client.addDecisionListener { one in told.use { $0.append(one) } }
    _ = client.decide("new_checkout", for: user)
    let one = try #require(told.use { $0.first })
    #expect((one.type, one.key, one.userID) == ("flag", "new_checkout", "visitor-1"))
    #expect(one.attributes == ["plan": "gold", "age": 34])
    #expect(one.decisionInfo["ruleKey"] == "checkout_test")
    #expect(one.decisionInfo["variationKey"] == "on")
    #expect(one.decisionInfo["enabled"] == true)
    #expect(one.decisionInfo["decisionEventDispatched"] == true)
    #expect(one.decisionInfo["variables"]?["columns"] == 3)
  }

  @Test func everyCallThatDecidesTells() throws {
    let client = try Shop.client()
    let told = Locked<[String]>([])
    client.addDecisionListener { one in told.use { $0.append("\(one.type) \(one.key)") } }
    _ = client.decideAll(for: user)
    _ = try client.activate("checkout_button", for: user)
    _ = try client.getVariation("checkout_test", for: user)
    _ = try client.isFeatureEnabled("free_shipping", for: user)
    _ = try client.featureVariableInt("columns", of: "new_checkout", for: user)
    _ = try client.allFeatureVariables(of: "gift_wrap", for: user)
    #expect(
      told.use { $0 } == [
        "flag new_checkout", "flag free_shipping", "flag gift_wrap", "ab-test checkout_button",
        "feature-test checkout_test", "feature free_shipping", "feature-variable new_checkout",
        "all-feature-variables gift_wrap",
      ])
  }

  @Test func aConversionIsToldWithItsTags() throws {
    let client = try Shop.client()
    let told = Locked<[TrackNotification]>([])
    client.addTrackListener { one in told.use { $0.append(one) } }
    try client.track("purchase", for: user, tags: ["revenue": 4200, "method": "card"])
    #expect(refusal { try client.track("no_such_event", for: user) }?.name == "unknownEvent")
    _ = client.decide("new_checkout", for: user)
    #expect(
      told.use { $0 } == [
        TrackNotification(
          eventKey: "purchase", userID: "visitor-1", attributes: ["plan": "gold", "age": 34],
          eventTags: ["revenue": 4200, "method": "card"])
      ])
  }

  @Test func listenersAreToldInOrderUntilTheyAreRemoved() throws {
    let client = try Shop.client()
    let told = Locked<[String]>([])
    let first = client.addTrackListener { _ in told.use { $0.append("first") } }
    client.addTrackListener { _ in told.use { $0.append("second") } }
    let decisions = client.addDecisionListener { _ in told.use { $0.append("decision") } }
    try client.track("signup", for: user)
    #expect(client.removeListener(first))
    #expect(!client.removeListener(first))
    #expect(client.removeListener(decisions))
    try client.track("signup", for: user)
    _ = client.decide("new_checkout", for: user)
    #expect(told.use { $0 } == ["first", "second", "second"])
  }

  @Test func aListenerMayCallTheClient() throws {
    let client = try Shop.client()
    let ids = Locked<[ListenerID]>([])
    let id = client.addDecisionListener { [user, weak client] one in
      guard one.type == "flag", let client else { return }
      for id in ids.use({ $0 }) { client.removeListener(id) }
      _ = try? client.track("signup", for: user)
      _ = try? client.getVariation("checkout_button", for: user)
    }
    ids.use { $0 = [id] }
    _ = client.decide("new_checkout", for: user)
    _ = client.decide("new_checkout", for: user)
    #expect(try client.stats().acceptedConversions == 1)
  }

  @Test func theStreamTellsPostsAndDatafilesUntilTheClientCloses() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) { $0.notificationQueue = .init() }
    try client.setDatafile(Shop.datafile(revision: "43"))
    try client.track("signup", for: user)
    try await client.flush()
    let reader = Task {
      var told: [ClientNotification] = []
      for await one in client.notifications() { told.append(one) }
      return told
    }
    try await client.close()
    let told = await reader.value
    #expect(told.count == 2)
    #expect(told.first == .configUpdate(revision: "43"))
    guard case .logEvent(let url, let httpVerb, let params) = told.last else {
      Issue.record("\(told)")
      return
    }
    #expect((url, httpVerb) == (collector.eventsURL, "POST"))
    #expect(params["visitors"]?[0]?["visitor_id"] == "visitor-1")
    #expect(params["revision"] == "43")
  }

  @Test func theStreamTellsOnlyTheKindsAskedFor() async throws {
    let client = try Shop.client { $0.notificationQueue = .init(types: .configUpdate) }
    try client.track("signup", for: user)
    _ = await asyncRefusal { try await client.flush(timeout: .milliseconds(50)) }
    try client.setDatafile(Shop.datafile(revision: "44"))
    var stream = client.notifications().makeAsyncIterator()
    #expect(await stream.next() == .configUpdate(revision: "44"))
  }

  @Test func aCancelledTaskEndsItsStream() async throws {
    let client = try Shop.client { $0.notificationQueue = .init() }
    let reader = Task { for await _ in client.notifications() {} }
    reader.cancel()
    await reader.value
    try client.setDatafile(Shop.datafile(revision: "45"))
    var stream = client.notifications().makeAsyncIterator()
    #expect(await stream.next() == .configUpdate(revision: "45"))
  }

  @Test func withoutAQueueTheStreamIsEmpty() async throws {
    for await one in try Shop.client().notifications() { Issue.record("\(one)") }
  }
}
