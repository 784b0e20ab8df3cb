// A folder of its own for a test, and the program that a test kills in full traffic.
import Foundation

@testable import OptTrack

/// A folder that goes with this object.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("opttrack-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

enum Killed {
  /// Starts a program that tracks into a journal, kills it once it has told of `enough` events, and gives the uuids of
  /// all that it was told were accepted.
  static func accepted(
    enough: Int, into folder: Folder, kind: Options.Journal.Kind, endpoint: String
  ) throws -> Set<String> {
    let program = Process()
    program.executableURL = Bundle.main.bundleURL.appendingPathComponent("OptTrackKilled")
    program.arguments = [folder.path, "\(kind.rawValue)", endpoint, Shop.datafile()]
    let output = Pipe()
    program.standardOutput = output
    try program.run()
    var text = Data()
    var lines = 0
    while let bytes = try output.fileHandleForReading.read(upToCount: 4_096), !bytes.isEmpty {
      let isBefore = lines < enough
      lines += bytes.count { $0 == UInt8(ascii: "\n") }
      if isBefore, lines >= enough { kill(program.processIdentifier, SIGKILL) }
      text += bytes
    }
    program.waitUntilExit()
    guard program.terminationReason == .uncaughtSignal, program.terminationStatus == SIGKILL else {
      throw Collector.Trouble(what: "the program ended by itself: \(program.terminationStatus)")
    }
    return Set(String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.count == 36 }.map(String.init))
  }
}

/// The uuid that a test gives its event of that number.
func uuid(_ number: UInt8) -> UUID {
  UUID(uuid: (0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, number))
}

/// The same as it comes back.
func uuidText(_ number: UInt8) -> String { uuid(number).uuidString.lowercased() }
