// Contextual bandits: predictions are asked for once, remembered, fetched at the same time, and may fail.
import Testing

@testable import OptTrack

@Suite(.timeLimit(.minutes(2)))
struct PredictorTests {
  let user = User("visitor-1", attributes: ["plan": "gold", "unknown": 1])

  @Test func aPredictorChoosesTheVariation() async throws {
    let collector = try Collector()
    let predictor = GreenPredictor()
    let client = try Bandits.client(endpoint: collector.eventsURL) { $0.predictor = predictor }
    let decision = client.decide("banner", for: user)
    #expect([decision.variationKey, decision.ruleKey] == ["green", "banner_bandit"])
    #expect(decision.source == .featureTest)
    let uuid = try #require(decision.cmabUUID)

    let asked = predictor.asked.use { $0 }
    #expect(asked.map(\.ruleID) == ["601"])
    #expect(asked.map(\.userID) == ["visitor-1"])
    #expect(asked.map(\.cmabUUID) == [uuid])
    #expect(
      try JSONValue(parsing: asked[0].body) == [
        "instances": [
          [
            "visitorId": "visitor-1", "experimentId": "601", "cmabUUID": .string(uuid),
            "attributes": [["id": "201", "value": "gold", "type": "custom_attribute"]],
          ]
        ]
      ])

    #expect(client.decide("banner", for: user).cmabUUID == uuid)
    #expect(predictor.asked.use { $0.count } == 1)
    #expect(client.decide("banner", for: user, options: .ignoreCMABCache).cmabUUID != uuid)
    #expect(predictor.asked.use { $0.count } == 2)
    try await client.close()
    let metadata = try await collector.visitors()[0]["snapshots"][0]["decisions"][0]["metadata"]
    #expect(metadata["cmab_uuid"] == .string(uuid))
  }

  @Test func severalFlagsAskForEachTheirOwn() throws {
    let predictor = GreenPredictor()
    let client = try Bandits.client { $0.predictor = predictor }
    #expect(client.decideAll(for: user).map(\.variationKey) == ["green", "green"])
    #expect(Set(predictor.asked.use { $0.map(\.ruleID) }) == ["601", "602"])
    #expect(try client.stats().acceptedImpressions == 2)
  }

  @Test func aFailureIsAnErrorDecisionAndLogged() throws {
    let log = Locked<[String]>([])
    let client = try Bandits.client {
      $0.predictor = GreenPredictor(fails: true)
      $0.logLevel = .error
      $0.writeLog = { line in log.use { $0.append(line) } }
    }
    let decision = client.decide("banner", for: user)
    #expect(decision.error?.name == "predictionFailed")
    #expect(decision.error?.report.isRetriable == true)
    #expect(decision.reasons == ["Failed to fetch CMAB data for experiment banner_bandit."])
    #expect(decision.variationKey == nil)
    #expect(decision.impression == .suppressed)
    #expect(log.use { $0.count } == 1)
    #expect(log.use { $0.allSatisfy { $0.contains("601") && !$0.contains("visitor-1") } })
    #expect(refusal { try client.activate("banner_bandit", for: user) }?.name == "predictionFailed")
    #expect(try client.stats().accepted == 0)
  }

  @Test func aVariationThatIsNotThereIsPassedOver() throws {
    struct Strange: Predictor {
      func predict(_ request: PredictionRequest) -> String { "77" }
    }
    let decision = try Bandits.client { $0.predictor = Strange() }.decide("banner", for: user)
    #expect(decision.variationKey == nil)
    #expect(decision.error == nil)
  }

  @Test func banditsArePassedOverWithoutWaiting() throws {
    let predictor = GreenPredictor()
    let client = try Bandits.client { $0.predictor = predictor }
    let decision = client.decide("banner", for: user, options: .noWait)
    #expect(decision.variationKey == nil)
    #expect(decision.error == nil)
    #expect(predictor.asked.use { $0.isEmpty })
  }

  @Test func callsAtTheSameTimeGiveAVisitorOneAnswer() async throws {
    let predictor = GreenPredictor()
    let client = try Bandits.client { $0.predictor = predictor }
    let uuids = await withTaskGroup(of: String?.self) { group in
      for _ in 0..<8 { group.addTask { [user] in client.decide("banner", for: user).cmabUUID } }
      return await group.reduce(into: Set<String?>()) { $0.insert($1) }
    }
    #expect(uuids.count == 1)
    #expect(predictor.asked.use { $0.count } == 1)
  }

  @Test func severalPredictionsAreAwaitedAtTheSameTime() async throws {
    // The predictor answers none before both are asked for.
    let predictor = GatheringPredictor(number: 2)
    let client = try Bandits.client { $0.asyncPredictor = predictor }
    let decisions = await client.decideAllAsync(for: user)
    #expect(decisions.map(\.variationKey) == ["green", "green"])
    #expect(await Set(predictor.asked) == ["601", "602"])
    let again = await client.decideAsync(flags: ["header"], for: user)
    #expect(again["header"]?.cmabUUID == decisions["header"]?.cmabUUID)
    #expect(await client.decideAsync("banner", for: user).variationKey == "green")
    #expect(await predictor.asked.count == 2)
  }

  @Test func onlyAsynchronousCallsHaveAsynchronousPredictions() async throws {
    let log = Locked<[String]>([])
    let client = try Bandits.client {
      $0.asyncPredictor = GatheringPredictor(number: 1)
      $0.logLevel = .error
      $0.writeLog = { line in log.use { $0.append(line) } }
    }
    #expect(client.decide("banner", for: user).error?.name == "predictionFailed")
    #expect(log.use { $0.map { $0.contains("decideAsync") } } == [true])
    #expect(await client.decideAsync("banner", for: user).variationKey == "green")
    #expect(client.decide("banner", for: user).variationKey == "green")
  }

  @Test func aCancelledTaskGetsAnErrorDecision() async throws {
    struct Endless: AsyncPredictor {
      let isAsked = Locked(false)
      func predict(_ request: PredictionRequest) async throws -> String {
        isAsked.use { $0 = true }
        try await Task.sleep(for: .seconds(3_600))
        return ""
      }
    }
    let predictor = Endless()
    let client = try Bandits.client { $0.asyncPredictor = predictor }
    let task = Task { [user] in await client.decideAsync("banner", for: user) }
    while !predictor.isAsked.use({ $0 }) { await Task.yield() }
    task.cancel()
    #expect(await task.value.error?.name == "predictionFailed")
  }

  @Test func anAsynchronousCallTakesAPlainPredictorToo() async throws {
    let predictor = GreenPredictor()
    let client = try Bandits.client { $0.predictor = predictor }
    #expect(await client.decideAllAsync(for: user).map(\.variationKey) == ["green", "green"])
    #expect(predictor.asked.use { $0.count } == 2)
    #expect(await client.decideAsync("no_such_flag", for: user).error?.name == "unknownFlag")
  }

  @Test func aPredictorThatDecidesHasNoPredictions() async throws {
    // Each decides another flag for the same visitor, while it is asked for the first.
    struct Curious: Predictor {
      let (client, errors): (Locked<Client?>, Locked<[String?]>)
      func predict(_ request: PredictionRequest) -> String {
        let decision = client.use { $0 }?.decide("header", for: User(request.userID))
        errors.use { $0.append(decision?.error?.name) }
        return request.ruleID + "1"
      }
    }
    struct AsyncCurious: AsyncPredictor {
      let (client, errors): (Locked<Client?>, Locked<[String?]>)
      func predict(_ request: PredictionRequest) async -> String {
        let decision = await client.use { $0 }?.decideAsync("header", for: User(request.userID))
        errors.use { $0.append(decision?.error?.name) }
        return request.ruleID + "1"
      }
    }
    let (asked, errors) = (Locked<Client?>(nil), Locked<[String?]>([]))
    let plain = try Bandits.client { $0.predictor = Curious(client: asked, errors: errors) }
    asked.use { $0 = plain }
    #expect(plain.decide("banner", for: user).variationKey == "green")
    let asynchronous = try Bandits.client { $0.asyncPredictor = AsyncCurious(client: asked, errors: errors) }
    asked.use { $0 = asynchronous }
    #expect(await asynchronous.decideAsync("banner", for: user).variationKey == "green")
    asked.use { $0 = nil }
    #expect(errors.use { $0 } == ["predictionFailed", "predictionFailed"])
  }

  @Test func withoutAPredictorTheServiceIsAsked() async throws {
    let client = try Bandits.client {
      $0.cmabEndpoint = "http://127.0.0.1:1/predict/%s"
      $0.cmabTimeout = .seconds(1)
    }
    #expect(client.decide("banner", for: user).error?.name == "predictionFailed")
    #expect(await client.decideAsync("banner", for: user).error?.name == "predictionFailed")
  }

  @Test(arguments: ["", "http://127.0.0.1/predict", "127.0.0.1/%s", "http://127.0.0.1/%s/%s"])
  func anEndpointWithoutOnePlaceForTheRuleIsRefused(url: String) {
    let error = refusal { try Bandits.client { $0.cmabEndpoint = url } }
    #expect(error?.name == "invalidArgument")
  }

  @Test func theCacheHasItsLimits() throws {
    let predictor = GreenPredictor()
    let client = try Bandits.client {
      $0.predictor = predictor
      $0.cmabCache = Options.CMABCache(entries: 1)
    }
    _ = client.decide("banner", for: User("a"))
    _ = client.decide("banner", for: User("b"))
    _ = client.decide("banner", for: User("a"))
    #expect(predictor.asked.use { $0.map(\.userID) } == ["a", "b", "a"])
  }
}
