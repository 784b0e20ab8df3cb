// This package and opttrack.h know the same numbers; the library that runs is the one that was compiled against.
import Foundation
import Testing

@testable import OptTrack

@Suite struct HeaderTests {
  /// The names and numbers that `pattern` finds in the header; its two groups are name and number.
  private func constants(_ pattern: Regex<(Substring, Substring, Substring)>) throws -> [(name: String, code: Int32)] {
    let path = URL(fileURLWithPath: #filePath + "/../../../../../include/opttrack.h").standardizedFileURL
    let header = try String(contentsOf: path, encoding: .utf8)
    return try header.matches(of: pattern).map { (flat($0.1), try #require(Int32($0.2))) }
  }

  /// A name in the header and the case's name in Swift, without what tells their spellings apart.
  private func flat(_ name: some StringProtocol) -> String {
    name.replacingOccurrences(of: "_", with: "").lowercased()
  }

  @Test func everyStatusHasItsCase() throws {
    let statuses = try constants(/OPT_STATUS_([A-Z0-9_]+) = ([0-9]+),/)
    #expect(statuses.count >= 21)
    #expect(statuses.first?.name == "ok")
    let report = OptError.Report(message: "", place: "", isRetriable: false)
    for status in statuses.dropFirst() {
      #expect(flat(label(OptError(code: status.code, report: report))) == status.name)
    }
    let next = try #require(statuses.map(\.code).max()) + 1
    #expect(OptError(code: next, report: report) == .unknown(code: next, report))
  }

  @Test func everyFateOfAnImpressionHasItsCase() throws {
    let fates = try constants(/#define OPT_EVENT_([A-Z_]+) ([0-9]+)/)
    #expect(fates.count >= 5)
    for fate in fates {
      #expect(flat(label(Decision.Impression(UInt32(fate.code)))) == fate.name)
    }
    #expect(Decision.Impression(99) == .unknown(99))
  }

  @Test func everyKindOfRuleHasItsCase() throws {
    let sources = try constants(/#define OPT_SOURCE_([A-Z_]+) ([0-9]+)/)
    #expect(sources.count >= 4)
    for source in sources {
      #expect(flat(label(Decision.Source(UInt32(source.code)))) == source.name)
    }
    #expect(Decision.Source(99) == .unknown(99))
  }

  @Test func everyDecideOptionHasItsName() throws {
    let options = try constants(/#define OPT_DECIDE_([A-Z_]+) ([0-9]+)/)
    #expect(options.count >= 9)
    for option in options {
      #expect(DecideOptions(rawValue: UInt32(option.code)).names.map(flat) == [option.name])
    }
  }

  @Test func everyCallHasItsNumber() throws {
    let codes = try constants(/#define OPT_PACKED_([A-Z_]+) ([0-9]+)/)
    for call in PackedCall.allCases {
      let code = codes.first { $0.name == flat(label(call)) }?.code
      #expect(code == Int32(call.rawValue), "\(call)")
    }
    #expect(codes.first { $0.name == "version" }?.code == Int32(PackedRequest.version))
  }

  @Test func everyTypeOfVariableHasItsCase() throws {
    let types = try constants(/#define OPT_VARIABLE_([A-Z_]+) ([0-9]+)/)
    #expect(types.count == VariableType.allCases.count)
    for type in types {
      #expect(VariableType(rawValue: UInt32(type.code)).map { flat(label($0)) } == type.name)
    }
  }

  @Test func everyKindOfNotificationHasItsNumber() throws {
    let kinds = try constants(/#define OPT_NOTIFICATION_([A-Z_]+) ([0-9]+)/).map { "\($0.name) \($0.code)" }
    let known = [
      "decision \(PackedNotification.decision)", "track \(PackedNotification.track)",
      "logevent \(PackedNotification.logEvent)", "configupdate \(PackedNotification.configUpdate)",
      "deadletter \(PackedNotification.deadLetter)", "drop \(PackedNotification.drop)",
      "log \(PackedNotification.log)",
    ]
    #expect(kinds == known)
  }

  @Test func everyDeliveryStateHasItsCase() throws {
    let states = try constants(/#define OPT_DELIVERY_([A-Z_]+) ([0-9]+)/)
    #expect(states.count >= 3)
    for state in states {
      #expect(flat(label(Stats.DeliveryState(UInt32(state.code)))) == state.name)
    }
    #expect(Stats.DeliveryState(99) == .unknown(99))
  }

  @Test func everyKindOfJournalHasItsCase() throws {
    let kinds = try constants(/#define OPT_JOURNAL_([A-Z_]+) ([0-9]+)/)
    #expect(kinds.count == Options.Journal.Kind.allCases.count)
    for kind in kinds {
      #expect(Options.Journal.Kind(rawValue: UInt32(kind.code)).map { flat(label($0)) } == kind.name)
      #expect(flat(label(Stats.Journal(UInt32(kind.code)))) == kind.name)
    }
    #expect(Stats.Journal(0) == .memory)
    #expect(Stats.Journal(99) == .unknown(99))
  }

  @Test func everyDurabilityHasItsCase() throws {
    let levels = try constants(/#define OPT_DURABILITY_([A-Z_]+) ([0-9]+)/)
    #expect(levels.count == Options.Journal.Durability.allCases.count)
    for level in levels {
      #expect(Options.Journal.Durability(rawValue: UInt32(level.code)).map { flat(label($0)) } == level.name)
    }
  }

  @Test func everyLogLevelHasItsCase() throws {
    let levels = try constants(/#define OPT_LOG_([A-Z_]+) ([0-9]+)/)
    #expect(levels.count == Options.LogLevel.allCases.count)
    for level in levels {
      #expect(Options.LogLevel(rawValue: UInt32(level.code)).map { flat(label($0)) } == level.name)
    }
  }

  @Test func headerAndLibraryAreOfOneVersion() throws {
    #expect(LibraryVersion.running == LibraryVersion.header)
    try LibraryVersion.verify()
  }

  @Test func anotherLibraryIsRefusedNamingBothVersions() {
    let error = refusal { try LibraryVersion.verify(header: "0.1.0", library: "0.2.0") }
    #expect(error == .versionMismatch(header: "0.1.0", library: "0.2.0"))
    #expect(error?.description.contains("0.1.0") == true)
    #expect(error?.description.contains("0.2.0") == true)
  }

  @Test(
    arguments: [
      (.zero, 0), (.microseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1_001), 2), (.seconds(-1), 0),
      (.seconds(86_400), 86_400_000), (.seconds(Int64.max), .max),
    ] as [(Duration, UInt32)])
  func durationsBecomeWholeMilliseconds(duration: Duration, milliseconds: UInt32) {
    #expect(duration.milliseconds == milliseconds)
  }

  @Test(
    arguments: [
      (.zero, 0), (.microseconds(1), 1), (.seconds(86_400 * 365), 31_536_000_000), (.seconds(-1), .max),
      (.seconds(Int64.max), .max),
    ] as [(Duration, UInt64)])
  func agesBecomeWholeMillisecondsOfSixtyFourBits(duration: Duration, milliseconds: UInt64) {
    #expect(duration.longMilliseconds == milliseconds)
  }

  @Test func everyPublicItemIsDocumented() throws {
    let folder = URL(fileURLWithPath: #filePath + "/../../../Sources/OptTrack").standardizedFileURL
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).map(folder.appendingPathComponent)
    var items = 0
    for file in files where file.pathExtension == "swift" {
      var (previous, inPublicEnum) = ("", false)
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let code = line.drop { $0 == " " }
        if code.hasPrefix("@") || code.hasPrefix("public import ") { continue }
        if code.contains("enum ") { inPublicEnum = code.hasPrefix("public ") }
        let isCase = code.prefixMatch(of: /case [`a-zA-Z]+(\(.*\)| = [0-9]+)?$/) != nil
        if code.hasPrefix("public ") || isCase && inPublicEnum {
          items += 1
          #expect(previous.hasPrefix("///"), "\(file.lastPathComponent): \(code)")
        }
        previous = String(code)
      }
    }
    #expect(items > 100)
  }
}
