// The shop that the tests run: a datafile in which every decision is certain, and clients for it.
@testable import OptTrack

enum Shop {
  /// Account 12001, project 111001. Experiments: `checkout_button` (all get `blue`), `gold_banner` (plan gold only),
  /// `vip_lounge` (segment vip only). Flags: `new_checkout` (experiment, on, a variable of each type), `free_shipping`
  /// (rollout, on), `gift_wrap` (off, with a variable that can't be read). Events: `purchase`, `signup`.
  /// - Parameter traffic: what experiments give their first variation, of 10,000.
  static func datafile(revision: String = "42", traffic: Int = 10_000, title: String = "Pay now") -> String {
    """
    {"version": "4", "accountId": "12001", "projectId": "111001", "revision": "\(revision)",
     "anonymizeIP": false, "botFiltering": false, "sendFlagDecisions": false,
     "attributes": [
       {"id": "201", "key": "plan"}, {"id": "202", "key": "age"}, {"id": "203", "key": "member"},
       {"id": "204", "key": "score"}],
     "typedAudiences": [
       {"id": "801", "name": "gold",
        "conditions": ["or", {"type": "custom_attribute", "name": "plan", "match": "exact", "value": "gold"}]},
       {"id": "802", "name": "vips",
        "conditions": ["or", {"type": "third_party_dimension", "name": "odp.audiences", "match": "qualified",
                              "value": "vip"}]}],
     "events": [
       {"id": "301", "key": "purchase", "experimentIds": ["401"]}, {"id": "302", "key": "signup", "experimentIds": []}],
     "experiments": [
       \(experiment(id: 401, key: "checkout_button", layer: 501, variations: ["blue", "green"], traffic: traffic)),
       \(experiment(id: 402, key: "gold_banner", layer: 502, audience: 801)),
       \(experiment(id: 403, key: "vip_lounge", layer: 503, audience: 802)),
       \(experiment(id: 404, key: "checkout_test", layer: 504, traffic: traffic, values: ["51": "3", "54": title]))],
     "featureFlags": [
       {"id": "901", "key": "new_checkout", "rolloutId": "", "experimentIds": ["404"], "variables": [
         {"id": "51", "key": "columns", "type": "integer", "defaultValue": "2"},
         {"id": "52", "key": "express", "type": "boolean", "defaultValue": "true"},
         {"id": "53", "key": "ratio", "type": "double", "defaultValue": "2.5"},
         {"id": "54", "key": "title", "type": "string", "defaultValue": "Pay"},
         {"id": "55", "key": "theme", "type": "json", "defaultValue": "{\\"dark\\": true}"}]},
       {"id": "902", "key": "free_shipping", "rolloutId": "701", "experimentIds": [], "variables": []},
       {"id": "903", "key": "gift_wrap", "rolloutId": "", "experimentIds": [], "variables": [
         {"id": "56", "key": "size", "type": "integer", "defaultValue": "big"},
         {"id": "57", "key": "paper", "type": "string", "defaultValue": "red"}]}],
     "rollouts": [
       {"id": "701", "experiments": [\(experiment(id: 405, key: "everyone", layer: 701))]}]}
    """
  }

  /// An experiment whose first variation gets the traffic; variation ids are the experiment's with a digit added.
  private static func experiment(
    id: Int, key: String, layer: Int, audience: Int? = nil, variations: [String] = ["on"], traffic: Int = 10_000,
    values: KeyValuePairs<String, String> = [:]
  ) -> String {
    let variables = values.map { #"{"id": "\#($0.key)", "value": "\#($0.value)"}"# }.joined(separator: ", ")
    let list = variations.enumerated().map { index, key in
      #"{"id": "\#(id)\#(index)", "key": "\#(key)", "featureEnabled": true, "variables": [\#(variables)]}"#
    }
    let audiences = audience.map { #""\#($0)""# } ?? ""
    return #"""
      {"id": "\#(id)", "key": "\#(key)", "layerId": "\#(layer)", "status": "Running", "forcedVariations": {},
       "audienceConditions": [\#(audiences)], "variations": [\#(list.joined(separator: ", "))],
       "trafficAllocation": [{"entityId": "\#(id)0", "endOfRange": \#(traffic)}]}
      """#
  }

  /// Refuses connections: nobody listens there.
  static let deadEndpoint = "http://127.0.0.1:1/v1/events"

  /// A client that posts to `endpoint`, only when it is told to or has a full batch, and logs nothing.
  static func client(
    endpoint: String = deadEndpoint, datafile: String = datafile(), adjust: (inout Options) -> Void = { _ in }
  ) throws -> Client {
    var options = Options()
    options.eventEndpoint = endpoint
    options.flushInterval = .seconds(86_400)
    options.logLevel = .off
    adjust(&options)
    return try Client(datafile: datafile, options: options)
  }
}
