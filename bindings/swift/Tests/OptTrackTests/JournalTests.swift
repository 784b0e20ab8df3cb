// The journal: what was accepted survives a kill and a close, by uuid; what is given up is counted and told.
import Foundation
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct JournalTests {
  let moment = Date(timeIntervalSince1970: 0.001)

  private func client(
    _ collector: Collector, _ folder: Folder, adjust: (inout Options) -> Void = { _ in }
  ) throws -> Client {
    try Shop.client(endpoint: collector.eventsURL) {
      $0.journal = Options.Journal(directory: folder.path)
      adjust(&$0)
    }
  }

  /// Flushes until the condition holds, for what others have left is taken over in the background.
  private func flush(_ client: Client, until holds: () async throws -> Bool) async throws {
    while try await !holds() {
      try await client.flush(timeout: .seconds(60))
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func expectBalance(_ books: Stats) {
    #expect(
      books.accepted + books.recovered == books.delivered + books.pending + books.deadLettered + books.dropped)
  }

  @Test(arguments: Options.Journal.Kind.allCases)
  func whatAKilledProgramLeftIsDelivered(kind: Options.Journal.Kind) async throws {
    let (collector, folder) = (try Collector(), try Folder())
    // Most of it can't be delivered before the kill.
    try await collector.setFaults(#"[{"kind": "status", "status": 503, "skip": 20}]"#)
    let accepted = try Killed.accepted(enough: 2_000, into: folder, kind: kind, endpoint: collector.eventsURL)
    try await collector.setFaults("[]")
    #expect(accepted.count >= 2_000)
    let next = try client(collector, folder) { $0.journal?.kind = kind }
    try await flush(next) { try await collector.uuids().count >= accepted.count }
    try await next.close(timeout: .seconds(60))
    let received = try await collector.uuids()
    #expect(accepted.subtracting(received).isEmpty)
    // The one that could not be printed any more.
    #expect(received.count <= accepted.count + 1)
    #expect(try await collector.stats()["conflicting"] == 0)
    let books = try next.stats()
    #expect(books.recovered > 1_000)
    #expect((books.accepted, books.delivered) == (0, books.recovered))
    expectBalance(books)
  }

  @Test func closeLeavesWhatIsUndeliveredOnTheDisk() async throws {
    let (collector, folder) = (try Collector(), try Folder())
    try await collector.setFaults(#"[{"kind": "status", "status": 503}]"#)
    do {
      let client = try client(collector, folder)
      for number in 0..<7 as Range<UInt8> {
        try client.track("purchase", for: User("visitor-1"), at: moment, uuid: uuid(number))
      }
      let error = await asyncRefusal { try await client.close(timeout: .zero) }
      guard case .timeout(_, let left) = try #require(error) else {
        Issue.record("not .timeout: \(String(reflecting: error))")
        return
      }
      #expect(left == 7)
      #expect(try client.stats().isDurable)
    }
    #expect(try await collector.stats()["unique"] == 0)
    try await collector.setFaults("[]")
    let next = try client(collector, folder)
    try await flush(next) { try next.stats().recovered == 7 }
    try await next.close(timeout: .seconds(60))
    #expect(try await collector.uuids() == Set((0..<7).map(uuidText)))
  }

  @Test func deadLettersAreTold() async throws {
    let (collector, folder) = (try Collector(), try Folder())
    try await collector.setFaults(#"[{"kind": "poison", "visitor": "poison"}]"#)
    let client = try client(collector, folder) { $0.notificationQueue = .init(types: [.deadLetter, .drop]) }
    try client.track("signup", for: User("poison"), at: moment, uuid: uuid(1))
    try client.track("purchase", for: User("fine"))
    try await client.close(timeout: .seconds(60))
    var told: [ClientNotification] = []
    for await one in client.notifications() { told.append(one) }
    guard told.count == 1, case .deadLetter(let uuid, let key, let reason, let httpStatus) = told[0] else {
      Issue.record("told \(told)")
      return
    }
    #expect((uuid, key, httpStatus) == (uuidText(1), "signup", 400))
    #expect(!reason.isEmpty)
    let books = try client.stats()
    #expect((books.deadLettered, books.delivered) == (1, 1))
    #expect(books.deadLetterBytes > 0)
    expectBalance(books)
    #expect(try await collector.stats()["unique"] == 1)
  }

  @Test func whatIsGivenUpIsCountedAndTold() async throws {
    let (collector, folder) = (try Collector(), try Folder())
    let client = try client(collector, folder) { $0.notificationQueue = .init() }
    for number in 0..<6 as Range<UInt8> {
      let user = User(number.isMultiple(of: 3) ? "leaver" : "other")
      try client.track("purchase", for: user, at: moment, uuid: uuid(number))
    }
    #expect(try await client.purgeVisitor("leaver") == 2)
    #expect(try await client.purgeVisitor("nobody") == 0)
    #expect(try await client.discard() == 4)
    #expect(try await client.discard() == 0)
    let books = try client.stats()
    #expect((books.droppedPurged, books.droppedDiscarded, books.dropped, books.pending) == (2, 4, 6, 0))
    expectBalance(books)
    try await client.close(timeout: .seconds(60))
    var told: Set<String> = []
    for await one in client.notifications() {
      guard case .drop(let uuid, "purchase", _) = one else {
        Issue.record("told \(one)")
        continue
      }
      told.insert(uuid)
    }
    #expect(told == Set((0..<6).map(uuidText)))
    #expect(try await collector.stats()["posts"] == 0)
  }

  @Test func eventsThatAreTooOldAreDropped() async throws {
    let collector = try Collector()
    let client = try Shop.client(endpoint: collector.eventsURL) { $0.maxAge = .seconds(3_600) }
    try client.track("purchase", for: User("visitor-1"), at: Date(timeIntervalSinceNow: -7_200), uuid: uuid(1))
    try client.track("purchase", for: User("visitor-1"), at: Date(), uuid: uuid(2))
    try await client.close(timeout: .seconds(60))
    #expect(try client.stats().droppedExpired == 1)
    #expect(try await collector.uuids() == [uuidText(2)])
  }

  @Test func syncAsksTheDisk() async throws {
    let (collector, folder) = (try Collector(), try Folder())
    let directory = folder.path + "/journal"
    let client = try client(collector, folder) {
      $0.journal = Options.Journal(directory: directory, durability: .system, bytes: 1 << 20, deadLetterBytes: 0)
    }
    try client.track("purchase", for: User("visitor-1"))
    try await client.sync(timeout: .seconds(60))
    let books = try client.stats()
    #expect(books.journal == .written)
    #expect(books.isDurable)
    #expect(books.diskErrno == nil)
    #expect(books.pendingBytes > 0 && books.journalBytes >= books.pendingBytes)
    let attributes = try FileManager.default.attributesOfItem(atPath: directory)
    #expect(attributes[.posixPermissions] as? Int == 0o700)

    let memory = try Shop.client()
    #expect(try memory.stats().journal == .memory)
    #expect(await asyncRefusal { try await memory.sync() }?.name == "notSupported")
  }

  @Test func journalsThatCanNotBeAreRefused() throws {
    let folder = try Folder()
    func error(adjust: (inout Options) -> Void) -> String? { refusal { try Shop.client(adjust: adjust) }?.name }
    #expect(error { $0.journal = Options.Journal(directory: "") } == "invalidArgument")
    #expect(error { $0.journal = Options.Journal(directory: folder.path, bytes: 1) } == "invalidArgument")
    #expect(error { $0.maxAge = .seconds(-1) } == "invalidArgument")
    #expect(error { $0.journal = Options.Journal(directory: "/proc/version/journal") } == "disk")
  }
}
