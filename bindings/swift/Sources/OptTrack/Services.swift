// The host's own services as a client uses them: what they throw is logged here, and goes no further.

/// Profile service, predictors and their log.
struct Services: Sendable {
  let defaultOptions: DecideOptions
  private let profiles: (any ProfileService)?
  private let predictor: (any Predictor)?
  let asyncPredictor: (any AsyncPredictor)?
  private let log: ServiceLog

  init(_ options: Options) {
    defaultOptions = options.defaultDecideOptions
    profiles = options.profileService
    predictor = options.predictor
    asyncPredictor = options.asyncPredictor
    log = ServiceLog(level: options.logLevel ?? .warning, write: options.writeLog)
  }

  /// Do predictions come from this side, and not from the service that the library asks?
  var canPredict: Bool { predictor != nil || asyncPredictor != nil }

  // --- profiles ---

  /// The profile as the library takes it, empty if there is none yet; nil if there is no service, or it failed.
  func lookedUpProfile(of userID: String) -> String? {
    guard let profiles else { return nil }
    do {
      return try profiles.lookup(userID: userID)?.json ?? ""
    } catch {
      log.say(.lookup, "the user profile service failed to look up; decided without it: \(error)")
      return nil
    }
  }

  func save(_ profile: String) {
    do {
      try profiles?.save(UserProfile(json: profile))
    } catch {
      log.say(.save, "the user profile service failed to save; the decision may change: \(error)")
    }
  }

  // --- predictions ---

  /// What the predictor says.
  func prediction(_ needed: PackedNeed, for userID: String) -> PackedRequest.Prediction {
    guard let predictor else {
      log.say(
        .prediction, "rule \(needed.ruleID) needs a prediction of the asyncPredictor, for which only decideAsync waits")
      return needed.answered(nil)
    }
    do {
      return needed.answered(try predictor.predict(needed.request(of: userID)))
    } catch {
      return failed(needed, error)
    }
  }

  /// What the asynchronous predictor says of each, fetched at the same time.
  func predictions(
    _ needed: [PackedNeed], for userID: String, by predictor: any AsyncPredictor
  ) async -> [PackedRequest.Prediction] {
    await withTaskGroup(of: PackedRequest.Prediction.self) { group in
      for need in needed {
        group.addTask {
          do {
            return need.answered(try await predictor.predict(need.request(of: userID)))
          } catch {
            return failed(need, error)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// What a call that a predictor makes is told.
  func refusal(_ needed: PackedNeed) -> PackedRequest.Prediction {
    log.say(.prediction, "rule \(needed.ruleID) needs a prediction in a call that a predictor makes, which has none")
    return needed.answered(nil)
  }

  private func failed(_ needed: PackedNeed, _ error: any Error) -> PackedRequest.Prediction {
    log.say(.prediction, "the predictor failed for rule \(needed.ruleID): \(error)")
    return needed.answered(nil)
  }
}

extension PackedNeed {
  fileprivate func request(of userID: String) -> PredictionRequest {
    PredictionRequest(ruleID: ruleID, userID: userID, cmabUUID: cmabUUID, body: body)
  }

  fileprivate func answered(_ variationID: String?) -> PackedRequest.Prediction {
    .init(ruleID: ruleID, variationID: variationID, cmabUUID: cmabUUID)
  }
}
