// One call of a question, made, and what came of it.
import OptTrack

struct Call {
  private let asked: JSONValue
  private let op: String
  private let user: User
  private let options: DecideOptions

  init(_ asked: JSONValue) throws {
    self.asked = asked
    op = try asked.text("op")
    options = try DecideOptions(names: asked.texts("options"))
    // A call for no user, such as of OptimizelyConfig, names none.
    var user = User(asked["user"]?.string ?? "", attributes: try asked.values("attrs"))
    if asked["segments"] != nil { user.qualifiedSegments = try asked.texts("segments") }
    for forced in try asked.list("forced_decisions") {
      guard let flag = forced[0]?.string, let variation = forced[2]?.string else {
        throw BadQuestion(what: "forced_decisions")
      }
      user.setForcedDecision(variation, flag: flag, rule: forced[1]?.string)
    }
    self.user = user
  }

  /// A status and the result that goes with it.
  struct Answer {
    let error: OptError?
    let result: JSONValue

    init(_ result: JSONValue, error: OptError? = nil) {
      self.result = result
      self.error = error
    }

    var json: JSONValue { ["status": .string(error?.status ?? "OK"), "result": result] }
  }

  /// Makes the call. A call that throws answers what its result is where there is none.
  func made(on client: Client) throws -> Answer {
    switch op {
    case "decide":
      let decision = client.decide(try asked.text("flag"), for: user, options: options)
      return Answer(decision.answer, error: decision.error)
    case "decide_for_keys":
      return Answer(client.decide(flags: try asked.texts("flags"), for: user, options: options))
    case "decide_all":
      return Answer(client.decideAll(for: user, options: options))
    case "track", "track_event":
      let (event, tags) = (try asked.text("event"), try asked.values("tags"))
      return try answer {
        try client.track(event, for: user, tags: tags)
        return .null
      }
    case "activate":
      let key = try asked.text("experiment")
      return try answer { JSONValue(try client.activate(key, for: user).variationKey) }
    case "get_variation":
      let key = try asked.text("experiment")
      return try answer { JSONValue(try client.getVariation(key, for: user).variationKey) }
    case "get_forced_variation":
      let key = try asked.text("experiment")
      return try answer { JSONValue(try client.forcedVariation(of: key, forUserID: user.id)) }
    case "is_feature_enabled":
      let key = try asked.text("flag")
      return try answer(else: false) { .bool(try client.isFeatureEnabled(key, for: user)) }
    case "get_enabled_features":
      return try answer(else: []) { .array(try client.enabledFeatures(for: user).map(JSONValue.string)) }
    case "all_variables":
      return try allVariables(of: try asked.text("flag"), on: client)
    case "variable":
      return try variable(try asked.text("variable"), of: try asked.text("flag"), on: client)
    case "optimizely_config":
      return try answer { try JSONValue(encoding: client.optimizelyConfig()) }
    default:
      throw BadQuestion(what: op)
    }
  }

  private func answer(else failed: JSONValue = .null, _ call: () throws -> JSONValue) throws -> Answer {
    do {
      return Answer(try call())
    } catch let error as OptError {
      return Answer(failed, error: error)
    }
  }

  private func allVariables(of flag: String, on client: Client) throws -> Answer {
    do {
      let variables = try client.allFeatureVariables(of: flag, for: user)
      return Answer(.object(variables.values), error: variables.error)
    } catch let error as OptError {
      return Answer(.null, error: error)
    }
  }

  private func variable(_ key: String, of flag: String, on client: Client) throws -> Answer {
    let type = try asked.text("type")
    return try answer {
      switch type {
      case "boolean": .bool(try client.featureVariableBool(key, of: flag, for: user))
      case "integer": .int(Int64(try client.featureVariableInt(key, of: flag, for: user)))
      case "double": .double(try client.featureVariableDouble(key, of: flag, for: user))
      case "string": .string(try client.featureVariableString(key, of: flag, for: user))
      case "json": try client.featureVariableJSON(key, of: flag, for: user)
      case "any": try client.featureVariable(key, of: flag, for: user).value
      default: throw BadQuestion(what: "type")
      }
    }
  }
}

extension Call.Answer {
  /// Decisions by flag key.
  init(_ decisions: Decisions) {
    let byKey = decisions.map { ($0.flagKey ?? "", $0.answer) }
    self.init(.object(Dictionary(byKey) { $1 }), error: decisions.error)
  }
}

extension Decision {
  /// The decision as an answer has it.
  fileprivate var answer: JSONValue {
    [
      "flag": JSONValue(flagKey), "rule": JSONValue(ruleKey), "variation": JSONValue(variationKey),
      "enabled": .bool(enabled), "variables": .object(variables.values),
      "reasons": .array(reasons.map(JSONValue.string)), "event_status": .string(impression.name),
    ]
  }
}

extension Decision.Impression {
  /// The name in the header, without what all of them begin with.
  fileprivate var name: String {
    switch self {
    case .suppressed: "SUPPRESSED"
    case .accepted: "ACCEPTED"
    case .queueFull: "QUEUE_FULL"
    case .closed: "CLOSED"
    case .tooLarge: "TOO_LARGE"
    case .unknown(let status): "\(status)"
    }
  }
}
