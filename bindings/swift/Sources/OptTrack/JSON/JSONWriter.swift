// Writes values as compact JSON.

struct JSONWriter {
  private var bytes: [UInt8] = []

  /// What was written so far.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes what is JSON already.
  mutating func append(raw json: String) { bytes.append(contentsOf: json.utf8) }

  mutating func append(_ value: JSONValue) {
    switch value {
    case .null: append(raw: "null")
    case .bool(let boolean): append(raw: boolean ? "true" : "false")
    case .int(let integer): append(raw: String(integer))
    case .double(let number): append(raw: number.isFinite ? number.description : "null")
    case .string(let text): append(quoted: text)
    case .array(let elements): append(elements)
    case .object(let members): append(members)
    }
  }

  private mutating func append(_ elements: [JSONValue]) {
    append(raw: "[")
    for (index, element) in elements.enumerated() {
      if index > 0 { append(raw: ",") }
      append(element)
    }
    append(raw: "]")
  }

  /// The members in the order of their names, so that equal values give equal texts.
  private mutating func append(_ members: [String: JSONValue]) {
    append(raw: "{")
    for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { append(raw: ",") }
      append(quoted: member.key)
      append(raw: ":")
      append(member.value)
    }
    append(raw: "}")
  }

  /// Writes a text in quotes.
  mutating func append(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x00..<0x20:
        append(raw: byte < 0x10 ? "\\u000" : "\\u00")
        append(raw: String(byte, radix: 16))
      default:
        bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
