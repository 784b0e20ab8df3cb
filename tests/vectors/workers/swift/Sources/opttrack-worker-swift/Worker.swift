// A worker of the vectors: answers questions, one JSON object a line, until its input ends.
import Foundation
import OptTrack

@main
struct Worker {
  static func main() async {
    while let line = readLine() {
      let answer: JSONValue
      do {
        answer = try await answered(try JSONValue(parsing: line))
      } catch let inexpressible as Inexpressible {
        answer = ["skipped": .string(inexpressible.why)]
      } catch {
        answer = ["problem": .string("\(error)")]
      }
      FileHandle.standardOutput.write(Data((answer.text + "\n").utf8))
    }
  }

  /// Makes the client that a question asks for, its calls in order, and the answer.
  static func answered(_ asked: JSONValue) async throws -> JSONValue {
    let question = try Question(asked)
    let client: Client
    do {
      client = try Client(datafile: question.datafile, options: question.options)
    } catch let error as OptError {
      return ["refused": ["status": .string(error.status), "message": .string(error.report.message)]]
    }
    let set = question.forcedVariations.map { $0.isSet(on: client) }
    let answers = try question.calls.map { try $0.made(on: client) }
    if question.flushes { try await client.flush() }
    try await client.close()

    var answer: [String: JSONValue] = [
      "set": .array(set.map(JSONValue.bool)), "answers": .array(answers.map { $0.json }),
    ]
    if let saved = question.profiles?.saved { answer["saved"] = try JSONValue(encoding: saved) }
    return .object(answer)
  }
}

/// A question that the Swift package can't be asked.
struct Inexpressible: Error {
  let why: String
}

/// A question that is not one.
struct BadQuestion: Error {
  let what: String
}

extension JSONValue {
  /// What a value of another type is in JSON.
  init(encoding value: some Encodable) throws {
    try self.init(parsing: String(decoding: JSONEncoder().encode(value), as: UTF8.self))
  }

  /// A text, or null.
  init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
}

extension OptError {
  /// The name of the status in the header, without what all of them begin with.
  var status: String {
    let name = Mirror(reflecting: self).children.first?.label ?? "\(self)"
    return name.replacing(/([a-z])([A-Z])/) { "\($0.1)_\($0.2)" }.uppercased()
  }
}
