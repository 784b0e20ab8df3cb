// The client's books and the collector's agree, also when many tasks write in them.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct BooksTests {
  @Test func statsAgreeWithTheCollector() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    for number in 0..<20 {
      let user = User("visitor-\(number)")
      _ = try client.activate("checkout_button", for: user)
      _ = try client.isFeatureEnabled("new_checkout", for: user)
      if number.isMultiple(of: 4) { try client.track("purchase", for: user, tags: ["revenue": 100]) }
    }
    var books = try client.stats()
    #expect((books.accepted, books.pending, books.delivered) == (45, 45, 0))
    #expect(books.pendingBytes > 0)
    try await client.close()
    books = try client.stats()
    let received = try await collector.stats()
    #expect((books.accepted, books.acceptedImpressions, books.acceptedConversions) == (45, 40, 5))
    #expect((books.delivered, books.pending, books.deadLettered, books.dropped) == (45, 0, 0, 0))
    #expect((books.recovered, books.retries, books.pendingBytes, books.oldestPending) == (0, 0, 0, .zero))
    #expect(received["unique"].int == Int64(books.delivered))
    #expect(received["impressions"].int == Int64(books.acceptedImpressions))
    #expect(received["conversions"].int == Int64(books.acceptedConversions))
    #expect(received["posts"].int == Int64(books.posts))
    #expect(books.lastHTTPStatus == 204)
    #expect(books.deliveryState == .ok)
    #expect(!books.isDurable)
  }

  @Test func nothingIsRecordedWhileTrackingIsOff() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL)
    let user = User("visitor-1")
    try client.track("signup", for: user)
    try client.setTracking(false)
    let error = refusal { try client.track("signup", for: user) }
    #expect(error?.name == "trackingOff")
    #expect(error?.report.isRetriable == false)
    let decision = client.decide("new_checkout", for: user)
    #expect(decision.enabled)
    #expect(decision.impression == .suppressed)
    try client.setTracking(true)
    try client.track("signup", for: user)
    try await client.close(timeout: .seconds(60))
    let books = try client.stats()
    #expect((books.accepted, books.refusedTrackingOff) == (2, 1))
    #expect(try await collector.stats()["unique"] == 2)
  }

  @Test func eightTasksTrackAndNothingIsLost() async throws {
    let (tasks, each) = (8, 500)
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) { $0.batchSize = 100 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask {
          let user = User("visitor-\(task)", attributes: ["plan": "gold", "age": Value(task)])
          for number in 0..<each {
            try client.track("purchase", for: user, tags: ["number": Value(number)])
          }
        }
      }
      try await group.waitForAll()
    }
    try await client.close(timeout: .seconds(60))

    #expect(try client.stats().delivered == UInt64(tasks * each))
    #expect(try await collector.stats()["unique"] == .int(Int64(tasks * each)))
    var numbers: [String: Set<Int64>] = [:]
    for visitor in try await collector.visitors() {
      let id = try #require(visitor["visitor_id"].string)
      let number = try #require(visitor["snapshots"][0]["events"][0]["tags"]["number"].int)
      numbers[id, default: []].insert(number)
    }
    #expect(numbers.count == tasks)
    #expect(numbers.values.allSatisfy { $0 == Set(0..<Int64(each)) })
  }
}
