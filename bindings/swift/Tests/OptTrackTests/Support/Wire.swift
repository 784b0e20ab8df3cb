// What a test needs to compare a visitor on the wire with what was expected.
import Foundation
import Testing

/// Checks the two fields of a visitor's event that no test can foretell, and returns the visitor without them,
/// its attributes in the order of their keys.
func withoutChance(
  _ visitor: JSON, since start: Int64, sourceLocation: SourceLocation = #_sourceLocation
) throws -> JSON {
  let snapshot = visitor["snapshots"][0]
  let event = snapshot["events"][0]
  let timestamp = try #require(event["timestamp"].int, sourceLocation: sourceLocation)
  #expect((start...now()).contains(timestamp), sourceLocation: sourceLocation)
  let uuid = try #require(event["uuid"].string, sourceLocation: sourceLocation)
  let version4 = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
  #expect(uuid.wholeMatch(of: version4) != nil, sourceLocation: sourceLocation)
  #expect(snapshot["events"].elements.count == 1, sourceLocation: sourceLocation)
  #expect(visitor["snapshots"].elements.count == 1, sourceLocation: sourceLocation)

  return visitor.with([
    "snapshots": [snapshot.with(["events": [event.without("timestamp", "uuid")]])],
    "attributes": visitor["attributes"].sorted(by: "key"),
  ])
}

/// Milliseconds since 1970, as events are stamped.
func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

/// An attribute on the wire.
func attribute(_ id: JSON, _ key: JSON, _ value: JSON) -> JSON {
  ["entity_id": id, "key": key, "type": "custom", "value": value]
}

/// The attribute that the datafile's `botFiltering` adds to every event.
let botFiltering = attribute("$opt_bot_filtering", "$opt_bot_filtering", false)
