// The bytes that cross into the library and back, without the library.
import Testing

@testable import OptTrack

@Suite struct PackedTests {
  /// A part of a request or an answer: a text behind its length, a number of 32 bits, or bytes as they are.
  enum Part: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    case text(String)
    case number(Int)
    case raw([UInt8])

    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(number) }
    init(arrayLiteral bytes: UInt8...) { self = .raw(bytes) }

    var bytes: [UInt8] {
      switch self {
      case .text(let text): [UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
      case .number(let number): [UInt8(number), 0, 0, 0]
      case .raw(let bytes): bytes
      }
    }
  }

  private func bytes(_ parts: Part...) -> [UInt8] { parts.flatMap(\.bytes) }

  private func answer<Body>(
    _ bytes: [UInt8], error: OptError? = nil, body: (inout PackedReader) throws -> Body
  ) throws -> PackedAnswer<Body> {
    try bytes.withUnsafeBytes { try PackedAnswer($0, error: error, body: body) }
  }

  private func none(_: inout PackedReader) {}

  private let emptyHead: [UInt8] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

  @Test func anEmptyRequestHasEveryField() {
    let request = PackedRequest(.decideAll, for: User("u"))
    #expect(
      request.encoded()
        == bytes([1, 8, 0, 0], 0, "", 0, "", 0, "u", 0, 0, [0xFF, 0xFF, 0xFF, 0xFF], 0, 0))
  }

  @Test func aFullRequestIsInTheOrderOfTheHeader() {
    var user = User("u\u{0}é", attributes: ["a": -2], qualifiedSegments: ["s", ""])
    user.setForcedDecision("v", flag: "f", rule: "r")
    user.setForcedDecision("w", flag: "f")
    var request = PackedRequest(.decideForKeys, for: user, options: [.includeReasons, .noWait])
    request.flagKeys = ["f", "g"]
    request.notifies = true
    request.predicts = true
    request.profile = "{}"
    request.predictions = [
      .init(ruleID: "1", variationID: "2", cmabUUID: "3"), .init(ruleID: "4", variationID: nil, cmabUUID: "5"),
    ]
    let head = bytes([1, 7, 7, 0], [8, 1, 0, 0], "", 2, "f", "g", "", 0)
    let minusTwo: [UInt8] = [2, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    let who = bytes("u\u{0}é", 1, "a", .raw(minusTwo), 0, 2, "s", "", 2, "f", "r", "v", "f", "", "w")
    let rest = bytes("{}", 2, "1", [1], "2", "3", "4", [0], "", "5")
    #expect(request.encoded() == head + who + rest)
  }

  @Test(
    arguments: [
      (nil, [0]), (false, [1, 0]), (true, [1, 1]), (.int(.min), [2, 0, 0, 0, 0, 0, 0, 0, 0x80]),
      (1.5, [3, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F]), ("x", [4, 1, 0, 0, 0, 0x78]),
    ] as [(Value, [UInt8])])
  func eachTypeOfValueHasItsForm(value: Value, form: [UInt8]) {
    var request = PackedRequest(.track, for: User(""), key: "e")
    request.tags = ["t": value]
    #expect(
      request.encoded()
        == bytes([1, 1, 0, 0], 0, "e", 0, "", 0, "", 0, 1, "t", .raw(form), [0xFF, 0xFF, 0xFF, 0xFF], 0, 0))
  }

  @Test func noProfileIsOtherThanAnEmptyOne() {
    var request = PackedRequest(.activate, for: User("u"))
    let without = request.encoded()
    request.profile = ""
    #expect(request.encoded().count == without.count + 4)
    #expect(request.encoded()[2] == 2)
  }

  @Test func anAnswerTellsProfileNeedsAndNotifications() throws {
    let raw = bytes(
      [1, 0, 0, 0], [1], "{}", 1, "rule", "uuid", "body", 1, [2, 0, 0, 0], "key",
      "payload")
    let answer = try answer(raw, body: none)
    #expect(answer.changedProfile == "{}")
    #expect(answer.needed == [PackedNeed(ruleID: "rule", cmabUUID: "uuid", body: "body")])
    #expect(answer.notifications == [PackedNotification(type: 2, key: "key", payload: "payload")])
    #expect(answer.body == nil)
  }

  /// A decision in which the texts of `present` are there.
  private func decision(present: UInt8, texts: [String], status: Int = 0, explain: String = "") -> [UInt8] {
    emptyHead
      + bytes([1, 2, 3, present], .number(status), .raw(texts.flatMap { Part.text($0).bytes }), #"{"n":1}"#)
      + bytes(1, "because", .text(explain), .text(explain))
  }

  @Test func aDecisionHasAllItsParts() throws {
    let raw = decision(present: 63, texts: ["flag", "rule", "variation", "10", "20", "uuid"], explain: "{}")
    let decision = try #require(try answer(raw) { try $0.decision() }.body)
    #expect(decision.enabled)
    #expect(decision.impression == .queueFull)
    #expect(decision.source == .holdout)
    #expect([decision.flagKey, decision.ruleKey, decision.variationKey] == ["flag", "rule", "variation"])
    #expect([decision.ruleID, decision.variationID, decision.cmabUUID] == ["10", "20", "uuid"])
    #expect(try decision.variables.int("n") == 1)
    #expect(decision.reasons == ["because"])
    #expect(decision.explanation == Decision.Explanation(text: "{}", json: "{}"))
    #expect(decision.error == nil)
  }

  @Test(arguments: 0..<6)
  func aDecisionsTextsComeByTheirBits(bit: Int) throws {
    let raw = decision(present: 1 << UInt8(bit), texts: ["it"])
    let it = try #require(try answer(raw) { try $0.decision() }.body)
    let texts = [it.flagKey, it.ruleKey, it.variationKey, it.ruleID, it.variationID, it.cmabUUID]
    #expect(texts.enumerated().allSatisfy { $0.element == ($0.offset == bit ? "it" : nil) })
    #expect(it.explanation == nil)
  }

  @Test func aDecisionsStatusBecomesItsError() throws {
    let raw = decision(present: 1, texts: ["flag"], status: 21)
    let error = try #require(try answer(raw) { try $0.decision() }.body?.error)
    #expect(error == .predictionFailed(.init(message: "because", place: "", isRetriable: true)))
  }

  @Test func whatIsCutShortOrTooLongIsAnError() {
    let whole = decision(present: 63, texts: ["flag", "rule", "variation", "10", "20", "uuid"])
    for end in 0..<whole.count {
      #expect(refusal { try answer(Array(whole[..<end])) { try $0.decision() } }?.name == "internal", "\(end)")
    }
    #expect(refusal { try answer(whole + [0]) { try $0.decision() } }?.name == "internal")
    #expect(refusal { try answer([9] + whole.dropFirst()) { try $0.decision() } }?.name == "internal")
  }

  @Test func aPredictionIsAskedForOnce() throws {
    var request = PackedRequest(.decide, for: User("u"))
    let prediction = PackedRequest.Prediction(ruleID: "1", variationID: "2", cmabUUID: "3")
    try request.add([prediction])
    #expect(refusal { try request.add([prediction]) }?.name == "internal")
  }
}
