// A program that tracks without end, until a test kills it: `OptTrackKilled DIRECTORY KIND ENDPOINT DATAFILE`. It prints
// the uuid of each event that was accepted, in a line of its own.
import Foundation
import OptTrack

let arguments = CommandLine.arguments
guard arguments.count == 5, let kind = UInt32(arguments[2]).flatMap(Options.Journal.Kind.init) else {
  fatalError("usage: OptTrackKilled DIRECTORY KIND ENDPOINT DATAFILE")
}
var options = Options()
options.journal = Options.Journal(directory: arguments[1], kind: kind)
options.eventEndpoint = arguments[3]
options.batchSize = 10
options.flushInterval = .milliseconds(1)
options.logLevel = .off

let client = try Client(datafile: arguments[4], options: options)
while true {
  let uuid = UUID()
  try client.track("purchase", for: User("visitor-1"), at: Date(), uuid: uuid)
  try FileHandle.standardOutput.write(contentsOf: Data("\(uuid.uuidString.lowercased())\n".utf8))
}
