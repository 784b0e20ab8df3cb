// Clients that the host drives, by pump or by making the requests itself; and the caller's own time and id.
import Foundation
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct DrivingTests {
  let user = User("visitor-1")

  /// Is there something to read?
  private func isReadable(_ descriptor: Int32) -> Bool {
    var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&asked, 1, 0) == 1
  }

  @Test func aHostDrivenClientIsPumped() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) {
      $0.driving = .host
      $0.batchSize = 2
    }
    let descriptor = try client.wakeDescriptor()
    #expect(!isReadable(descriptor))
    #expect(try await client.pump(budget: .seconds(60)) == nil)
    try client.track("signup", for: user)
    #expect(isReadable(descriptor))
    let wait = try #require(try await client.pump(budget: .zero))
    #expect(wait > .zero && wait <= .seconds(86_400))
    #expect(!isReadable(descriptor))
    try client.track("signup", for: user)
    #expect(try await client.pump(budget: .zero) == .zero)
    #expect(try await client.pump(budget: .seconds(60)) != .zero)
    #expect(try client.stats().delivered == 2)
    #expect(try await collector.stats()["unique"] == 2)
    try client.track("signup", for: user)
    try await client.close(timeout: .seconds(60))
    #expect(try await collector.stats()["unique"] == 3)
    #expect(try client.stats().threads == 0)
    #expect(await asyncRefusal { try await client.pump(budget: .zero) }?.name == "closed")
  }

  @Test func onlyWhatTheHostDrivesCanBeDriven() async throws {
    let client = try Shop.client()
    #expect(await asyncRefusal { try await client.pump(budget: .zero) }?.name == "invalidArgument")
    #expect(refusal { try client.wakeDescriptor() }?.name == "invalidArgument")
    #expect(await asyncRefusal { try await client.nextRequest(timeout: .zero) }?.name == "invalidArgument")
    #expect(await asyncRefusal { try await client.deliver(by: SessionTransport()) }?.name == "invalidArgument")
  }

  private func pulledClient(endpoint: String = "https://events.example/v1") throws -> Client {
    try Shop.client(endpoint: endpoint) {
      $0.driving = .hostTransport
      $0.batchSize = 2
      $0.retryDelays = Options.RetryDelays(first: .milliseconds(1), longest: .milliseconds(1))
    }
  }

  @Test func aRequestAndItsAnswers() async throws {
    let client = try pulledClient()
    #expect(await asyncRefusal { try await client.nextRequest(timeout: .milliseconds(1)) }?.name == "timeout")
    try client.track("signup", for: user, at: Date(timeIntervalSince1970: 1), uuid: uuid(1))
    try client.track("signup", for: user, at: Date(timeIntervalSince1970: 2), uuid: uuid(2))
    let first = try await client.nextRequest(timeout: .seconds(60))
    #expect((first.method, first.url, first.timeout) == ("POST", "https://events.example/v1", .seconds(10)))
    #expect(first.headers.contains(TransportHeader(name: "Content-Type", value: "application/json")))
    let body = try JSONDecoder().decode(JSON.self, from: Data(first.body.utf8))
    #expect(body["visitors"][1]["snapshots"][0]["events"][0]["uuid"].string == uuidText(2))
    for status in [-1, 0, 99, 1_000] {
      let error = refusal { try client.complete(first, with: TransportAnswer(status: status)) }
      #expect(error?.name == "invalidArgument", "\(status)")
    }
    try client.fail(first, reason: "no route")
    #expect(refusal { try client.fail(first, reason: "no route") }?.name == "notFound")
    #expect(try client.stats().lastHTTPStatus == nil)

    let second = try await client.nextRequest(timeout: .seconds(60))
    let headers = [TransportHeader(name: "X-Other", value: ""), TransportHeader(name: "retry-after", value: "0")]
    try client.complete(second, with: TransportAnswer(status: 503, headers: headers, body: "busy"))
    #expect(try client.stats().deliveryState == .retrying)
    let third = try await client.nextRequest(timeout: .seconds(60))
    try client.complete(third, with: TransportAnswer(status: 204))
    let books = try client.stats()
    #expect((books.delivered, books.posts, books.retries, books.threads) == (2, 3, 2, 0))
    try await client.close()
  }

  @Test func timeAndIDsAreTheTestsOwn() async throws {
    let start = Date(timeIntervalSince1970: 1_600_000_000)
    func timedClient(seed: UInt64) throws -> Client {
      try Shop.client {
        $0.driving = .hostTransport
        $0.isMobile = true
        $0.flushInterval = nil
        $0.simulation = Options.Simulation(now: start, idSeed: seed)
      }
    }
    var bodies: [String] = []
    for _ in 0..<2 {
      let client = try timedClient(seed: 7)
      try client.track("signup", for: user)
      // The preset's 30 seconds.
      #expect(try await client.pump(budget: .zero) == .seconds(30))
      try client.setClock(start + 29, sinceMade: .seconds(29))
      #expect(try await client.pump(budget: .zero) == .seconds(1))
      try client.setClock(start + 30, sinceMade: .seconds(30))
      bodies.append(try await client.nextRequest(timeout: .zero).body)
    }
    #expect(bodies[0] == bodies[1])
    #expect(bodies[0].contains("1600000000000"))
    let other = try timedClient(seed: 8)
    // A batch of the preset.
    for _ in 0..<10 { try other.track("signup", for: user) }
    let version4 = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    let uuid = try #require(bodies[0].firstMatch(of: version4)).0
    #expect(try await !other.nextRequest(timeout: .zero).body.contains(uuid))
    #expect(refusal { try Shop.client().setClock(start, sinceMade: .zero) }?.name == "invalidArgument")
    #expect(refusal { try Shop.client { $0.simulation.now = start } }?.name == "invalidArgument")
  }

  @Test func retryAfterOfAnAnswerIsKept() async throws {
    let client = try pulledClient()
    try client.track("signup", for: user)
    try client.track("signup", for: user)
    let headers = [
      TransportHeader(name: "Retry-After", value: "7"),
      TransportHeader(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]
    try client.complete(
      await client.nextRequest(timeout: .zero), with: TransportAnswer(status: 429, headers: headers))
    let wait = try #require(try await client.pump(budget: .zero))
    #expect(wait > .seconds(5) && wait <= .seconds(7))
  }

  @Test func aSessionDeliversUntilTheClientIsClosed() async throws {
    let collector = try Collector()
    try await collector.setFaults(#"[{"kind": "status", "status": 503, "count": 1}]"#)
    let client = try pulledClient(endpoint: collector.eventsURL)
    let delivery = Task { try await client.deliver(by: SessionTransport()) }
    for number in 0..<5 as Range<UInt8> {
      try client.track("purchase", for: user, at: Date(), uuid: uuid(number))
    }
    try await client.flush(timeout: .seconds(60))
    try client.track("purchase", for: user, at: Date(), uuid: uuid(5))
    try await client.close(timeout: .seconds(60))
    try await delivery.value
    #expect(try await collector.uuids() == Set((0..<6).map(uuidText)))
    let books = try client.stats()
    #expect((books.delivered, books.retries, books.threads) == (6, 1, 0))
  }

  @Test func aTransportThatThrowsIsAskedAgain() async throws {
    struct Failing: Transport {
      let asked = Locked(0)

      func send(_ request: TransportRequest) async throws -> TransportAnswer {
        let isFirst = asked.use { asked in
          asked += 1
          return asked == 1
        }
        if isFirst { throw Trouble() }
        return TransportAnswer(status: 200)
      }
    }
    let (client, transport) = (try pulledClient(), Failing())
    let delivery = Task { try await client.deliver(by: transport) }
    try client.track("signup", for: user)
    try client.track("signup", for: user)
    try await client.flush(timeout: .seconds(60))
    #expect(transport.asked.use { $0 } == 2)
    delivery.cancel()
    await #expect(throws: CancellationError.self) { try await delivery.value }
    #expect(try client.stats().delivered == 2)
  }

  @Test func theCallersTimeAndID() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    let time = Date(timeIntervalSince1970: 1_614_834_367.008)
    try client.track("purchase", for: user, tags: ["revenue": 1], at: time, uuid: uuid(1))
    try client.track("purchase", for: user, tags: ["revenue": 2], at: time)
    for seconds in [-1, 253_402_300_800, .infinity, .nan] as [Double] {
      let error = refusal { try client.track("purchase", for: user, at: Date(timeIntervalSince1970: seconds)) }
      #expect(error?.name == "invalidArgument", "\(seconds)")
    }
    #expect(refusal { try client.track("no_such_event", for: user, at: time) }?.name == "unknownEvent")
    try await client.close(timeout: .seconds(60))
    let events = try await collector.events()
    #expect(events.map { $0["timestamp"] } == [1_614_834_367_008, 1_614_834_367_008])
    #expect(events.map { $0["revenue"] } == [1, 2])
    #expect(events[0]["uuid"].string == uuidText(1))
    #expect(events[1]["uuid"].string?.count == 36)
  }
}
