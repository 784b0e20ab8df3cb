// JSON is read and written as RFC 8259 has it, with whole numbers and doubles told apart.
import Testing

@testable import OptTrack

@Suite struct JSONTests {
  @Test(
    arguments: [
      ("null", nil), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12), ("1.0", 1.0),
      ("1e2", 100.0), ("-2.5E-1", -0.25), ("0.5e+1", 5.0), ("9223372036854775807", .int(.max)),
      ("9223372036854775808", 9_223_372_036_854_775_808.0), (#""""#, ""), (#""é🎈""#, "é🎈"),
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\ud83c\udf88\u0000""#, "Aé🎈\u{0}"), ("[]", []),
      ("[ 1 , [2] ]", [1, [2]]), ("{}", [:]), (#"{ "a" : 1 , "b" : { "c" : null } }"#, ["a": 1, "b": ["c": nil]]),
      (#"{"a":1,"a":2}"#, ["a": 2]),
    ] as [(String, JSONValue)])
  func jsonIsRead(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(
    arguments: [
      "", " ", "nul", "tru", "truee", "01", "-", "-a", "1.", ".5", "1e", "1e+", "+1", "1e999", "NaN", "[", "[1", "[1,]",
      "[1 2]", "{", "{1:2}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"""#, "\"\n\"", #""\x""#, #""\u12""#, #""\u12g4""#,
      #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "1 2", "'a'",
    ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(refusal { try JSONValue(parsing: text) }?.name == "badValue")
  }

  @Test func nestingHasABound() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSONValue(parsing: nested(256))
    #expect(refusal { try JSONValue(parsing: nested(257)) }?.name == "badValue")
    #expect(refusal { try JSONValue(parsing: nested(100_000)) }?.name == "badValue")
  }

  @Test(
    arguments: [
      (nil, "null"), (true, "true"), (.int(.min), "-9223372036854775808"), (1.0, "1.0"), (0.1, "0.1"),
      (.double(.nan), "null"), ("a\"\\\n\u{1F}é🎈/", #""a\"\\\u000a\u001fé🎈/""#), ([1, [], [:]], "[1,[],{}]"),
      (["b": 1, "a": ["c": nil]], #"{"a":{"c":null},"b":1}"#),
    ] as [(JSONValue, String)])
  func jsonIsWritten(value: JSONValue, text: String) {
    #expect(value.text == text)
  }

  @Test(arguments: [1e-7, 5e20, 1e300, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1 + 0.2])
  func doublesSurviveWritingAndReading(number: Double) throws {
    #expect(try JSONValue(parsing: JSONValue.double(number).text) == .double(number))
  }

  @Test func partsAreReadByTheirType() {
    let value: JSONValue = ["text": "a", "list": [1, 2.5, true], "none": nil]
    #expect(value["text"]?.string == "a")
    #expect(value["list"]?[0]?.int == 1)
    #expect(value["list"]?[0]?.double == 1)
    #expect(value["list"]?[1]?.int == nil)
    #expect(value["list"]?[1]?.double == 2.5)
    #expect(value["list"]?[2]?.bool == true)
    #expect(value["list"]?[3] == nil)
    #expect(value["list"]?.array?.count == 3)
    #expect(value["none"]?.isNull == true)
    #expect(value["other"] == nil)
    #expect(value.object?.count == 3)
    #expect(value[0] == nil)
  }
}
