// The quick start in Swift: decide a variation, count a purchase, deliver both. `quickstart DATAFILE [COLLECTOR-URL]`
//
//   swift run quickstart DATAFILE
import Foundation
import OptTrack

@main
struct Quickstart {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first else {
      complain("usage: quickstart DATAFILE [COLLECTOR-URL]")
      exit(2)
    }
    do {
      try await run(path: path, collectorURL: arguments.dropFirst().first)
    } catch {
      complain("\(error)")
      exit(1)
    }
  }

  static func run(path: String, collectorURL: String?) async throws {
    let datafile = try String(contentsOfFile: path, encoding: .utf8)
    var options = Options()
    options.eventEndpoint = collectorURL
    let client = try Client(datafile: datafile, options: options)

    // The decision is the visitor's from here on; its impression is on the way.
    let user = User("visitor-1", attributes: ["plan": "gold", "age": 34])
    let decision = try client.activate("checkout_button", for: user)
    print("variation: \(decision.variationKey ?? "none")")

    try client.track("purchase", for: user, tags: ["revenue": 4999, "currency": "EUR"])

    // Without close, a client that goes away would not wait for what is on the way.
    try await client.close(timeout: .seconds(5))
    print("delivered: \(try client.stats().delivered)")
  }

  static func complain(_ message: String) {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
  }
}
