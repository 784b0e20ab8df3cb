// The Events API on loopback, as a process of its own for each test that asks for one.
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A running collector. It ends with this object, and also if the test process is killed: its standard input closes.
final class Collector {
  let url: String
  private let process = Process()
  private let input = Pipe()

  struct Trouble: Error { let what: String }

  init() throws {
    guard let program = ProcessInfo.processInfo.environment["OPT_COLLECTOR"] else {
      throw Trouble(what: "OPT_COLLECTOR names no collector")
    }
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--exit-with-stdin"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let announcement = String(decoding: Collector.line(from: output.fileHandleForReading), as: UTF8.self)
    guard let url = announcement.wholeMatch(of: /listening on (http:\/\/127\.0\.0\.1:[0-9]+)/)?.1 else {
      process.terminate()
      throw Trouble(what: "the collector said: \(announcement)")
    }
    self.url = String(url)
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.terminate()
    process.waitUntilExit()
  }

  var eventsURL: String { url + "/v1/events" }

  func stats() async throws -> JSON { try await request("GET", "/control/stats") }

  /// The bodies of all accepted posts, in order of arrival.
  func batches() async throws -> [JSON] {
    try await request("GET", "/control/batches").elements.map { $0["body"] }
  }

  /// The visitors of all accepted posts, in order of arrival.
  func visitors() async throws -> [JSON] { try await batches().flatMap { $0["visitors"].elements } }

  /// The events of all accepted posts, each once, in order of arrival.
  func events() async throws -> [JSON] {
    try await bytes("GET", "/control/events").split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(JSON.self, from: $0) }
  }

  /// The uuids of all accepted events.
  func uuids() async throws -> Set<String> { try await Set(events().compactMap { $0["uuid"].string }) }

  /// Puts these faults in force in place of all others: a JSON array.
  func setFaults(_ faults: String) async throws {
    _ = try await bytes("PUT", "/control/faults", body: Data(faults.utf8))
  }

  private func request(_ method: String, _ path: String) async throws -> JSON {
    try JSONDecoder().decode(JSON.self, from: await bytes(method, path))
  }

  private func bytes(_ method: String, _ path: String, body: Data? = nil) async throws -> Data {
    guard let target = URL(string: url + path) else { throw Trouble(what: path) }
    var request = URLRequest(url: target)
    request.httpMethod = method
    request.httpBody = body
    let (answer, response) = try await URLSession.shared.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
      throw Trouble(what: "\(method) \(path): \(response)")
    }
    return answer
  }

  /// One line without its end; what there was if the process ends before that.
  private static func line(from handle: FileHandle) -> Data {
    var line = Data()
    while let byte = try? handle.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
      line += byte
    }
    return line
  }
}
