// How a client is made, delivers, and ends.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct LifecycleTests {
  let user = User("visitor-1")

  @Test func aBadDatafileIsRefusedByItsPlace() {
    let datafile = #"{"version": "4", "experiments": [{"id": "1", "key": 7}]}"#
    var options = Options()
    options.logLevel = .off
    let error = refusal { try Client(datafile: datafile, options: options) }
    #expect(error?.name == "invalidDatafile")
    #expect(error?.report.place == "experiments[0].key")
    #expect(error?.report.isRetriable == false)
    #expect(error.map { "\($0)".isEmpty } == false)
  }

  @Test func everyOptionOutOfRangeIsNamed() {
    let error = refusal {
      try Shop.client {
        $0.batchSize = 1_001
        $0.flushInterval = .zero
        $0.timeouts = Options.Timeouts(connect: .seconds(601), total: .seconds(5))
        $0.retryDelays = Options.RetryDelays(first: .seconds(2), longest: .seconds(1))
        $0.queueLimit = Options.QueueLimit(bytes: 1)
      }
    }
    #expect(error?.name == "invalidArgument")
    for option in ["batch_size", "flush_interval", "connect_ms", "first_ms", "queue_limit"] {
      #expect(error?.report.message.contains(option) == true, "\(option)")
    }
  }

  @Test func aFullQueueRefusesAndSaysThatARetryCanHelp() throws {
    let client = try Shop.client { $0.queueLimit = Options.QueueLimit(bytes: 1 << 20, events: 2) }
    try client.track("signup", for: user)
    try client.track("signup", for: user)
    let error = refusal { try client.track("signup", for: user) }
    #expect(error?.name == "queueFull")
    #expect(error?.report.isRetriable == true)
    #expect(client.decide("new_checkout", for: user).impression == .queueFull)
    #expect(try client.stats().refusedQueueFull == 2)
  }

  @Test func flushDeliversAndTheClientStaysUsable() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    try client.track("signup", for: user)
    try await client.flush()
    #expect(try await collector.stats()["unique"] == 1)
    try client.track("signup", for: user)
    try await client.flush()
    #expect(try await collector.stats()["unique"] == 2)
    try await client.close()
  }

  @Test func batchesHoldAsManyEventsAsAskedFor() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) { $0.batchSize = 2 }
    for _ in 0..<5 { try client.track("signup", for: user) }
    try await client.close()
    let sizes = try await collector.batches().map { $0["visitors"].elements.count }
    #expect(sizes.reduce(0, +) == 5)
    #expect(sizes.allSatisfy { (1...2).contains($0) })
  }

  @Test func flushTellsHowManyAreLeftAtItsDeadline() async throws {
    let client = try Shop.client()
    try client.track("signup", for: user)
    try client.track("signup", for: user)
    let error = await asyncRefusal { try await client.flush(timeout: .milliseconds(100)) }
    guard case .timeout(_, let left) = try #require(error) else {
      Issue.record("not .timeout: \(String(reflecting: error))")
      return
    }
    #expect(left == 2)
    let stats = try client.stats()
    #expect(stats.pending == 2)
    #expect(stats.deliveryState == .retrying)
    #expect(stats.lastHTTPStatus == nil)
  }

  @Test func aCancelledFlushReturnsAtOnce() async throws {
    let client = try Shop.client()
    try client.track("signup", for: user)
    let start = ContinuousClock.now
    let flush = Task { try await client.flush(timeout: .seconds(60)) }
    // Nothing but the flush makes this client post, so a post says that the flush is under way.
    while try client.stats().posts == 0 { await Task.yield() }
    flush.cancel()
    await #expect(throws: CancellationError.self) { try await flush.value }
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(try client.stats().pending == 1)
  }

  @Test func aClosedClientRefusesEventsAndStillDecides() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    try client.track("signup", for: user)
    try await client.close()
    try await client.close()

    #expect(refusal { try client.track("signup", for: user) }?.name == "closed")
    #expect(refusal { try client.setDatafile(Shop.datafile()) }?.name == "closed")
    #expect(await asyncRefusal { try await client.flush() }?.name == "closed")
    let decision = try client.activate("checkout_button", for: user)
    #expect(decision.variationKey == "blue")
    #expect(decision.impression == .closed)
    #expect(try client.stats().refusedOther == 2)
    #expect(try client.stats().threads == 0)
    #expect(try await collector.stats()["unique"] == 1)
  }
}
