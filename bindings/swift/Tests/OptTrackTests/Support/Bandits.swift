// Contextual bandits for the tests: a datafile of two, and predictors that remember what they were asked.
@testable import OptTrack

enum Bandits {
  /// Flags `banner` and `header`, each with one bandit of all traffic, `banner_bandit` (id 601) and `header_bandit`
  /// (602). Variations: `red` (6010 and 6020) and `green` (6011 and 6021). They learn from the attribute `plan` (id
  /// 201).
  static let datafile = """
    {"version": "4", "accountId": "12001", "projectId": "111001", "revision": "42",
     "attributes": [{"id": "201", "key": "plan"}], "audiences": [], "events": [], "rollouts": [],
     "experiments": [\(bandit(601, "banner_bandit")), \(bandit(602, "header_bandit"))],
     "featureFlags": [
       {"id": "901", "key": "banner", "rolloutId": "", "experimentIds": ["601"], "variables": []},
       {"id": "902", "key": "header", "rolloutId": "", "experimentIds": ["602"], "variables": []}]}
    """

  private static func bandit(_ id: Int, _ key: String) -> String {
    """
    {"id": "\(id)", "key": "\(key)", "layerId": "5\(id)", "status": "Running", "forcedVariations": {},
     "audienceIds": [],
     "variations": [{"id": "\(id)0", "key": "red", "featureEnabled": true},
                    {"id": "\(id)1", "key": "green", "featureEnabled": true}],
     "trafficAllocation": [], "cmab": {"attributeIds": ["201"], "trafficAllocation": 10000}}
    """
  }

  static func client(
    endpoint: String = Shop.deadEndpoint, adjust: (inout Options) -> Void = { _ in }
  ) throws -> Client {
    try Shop.client(endpoint: endpoint, datafile: datafile, adjust: adjust)
  }
}

/// What a service of the tests throws.
struct Trouble: Error {}

/// Gives every visitor `green`, or fails, and remembers what it was asked.
final class GreenPredictor: Predictor {
  let asked = Locked<[PredictionRequest]>([])
  private let fails: Bool

  init(fails: Bool = false) { self.fails = fails }

  func predict(_ request: PredictionRequest) throws -> String {
    asked.use { $0.append(request) }
    if fails { throw Trouble() }
    return request.ruleID + "1"
  }
}

/// Gives every visitor `green`, once as many predictions are asked for at the same time as it waits for.
actor GatheringPredictor: AsyncPredictor {
  private let number: Int
  private var gathered: [CheckedContinuation<Void, Never>] = []
  private(set) var asked: [String] = []

  init(number: Int) { self.number = number }

  func predict(_ request: PredictionRequest) async throws -> String {
    asked.append(request.ruleID)
    await withCheckedContinuation { one in
      gathered.append(one)
      if gathered.count == number {
        for one in gathered { one.resume() }
        gathered = []
      }
    }
    return request.ruleID + "1"
  }
}
