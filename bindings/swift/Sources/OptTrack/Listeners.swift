// Who listens to decisions and conversions. They are told on the caller's thread, from what a call's answer carries.

/// The listeners of a client.
final class Listeners: Sendable {
  typealias OnDecision = @Sendable (DecisionNotification) -> Void
  typealias OnTrack = @Sendable (TrackNotification) -> Void

  /// Each kind in the order of registration.
  private struct Lists {
    var lastID: UInt64 = 0
    var decision: [(id: UInt64, listener: OnDecision)] = []
    var track: [(id: UInt64, listener: OnTrack)] = []
  }

  private let lists = Locked(Lists())

  func add(_ listener: @escaping OnDecision) -> UInt64 {
    lists.use { lists in
      lists.lastID += 1
      lists.decision.append((lists.lastID, listener))
      return lists.lastID
    }
  }

  func add(_ listener: @escaping OnTrack) -> UInt64 {
    lists.use { lists in
      lists.lastID += 1
      lists.track.append((lists.lastID, listener))
      return lists.lastID
    }
  }

  func remove(_ id: UInt64) -> Bool {
    lists.use { lists in
      let before = lists.decision.count + lists.track.count
      lists.decision.removeAll { $0.id == id }
      lists.track.removeAll { $0.id == id }
      return lists.decision.count + lists.track.count < before
    }
  }

  /// Would anybody be told what such a call causes?
  func areInterested(in call: PackedCall) -> Bool {
    lists.use { call.decides ? !$0.decision.isEmpty : !$0.track.isEmpty }
  }

  /// Tells those who are registered now; they may register and remove meanwhile. What can't be read is not told.
  func tell(_ notifications: [PackedNotification]) {
    if notifications.isEmpty { return }
    let lists = lists.use { $0 }
    for notification in notifications {
      switch notification.type {
      case PackedNotification.decision:
        guard let told = try? DecisionNotification(notification) else { continue }
        for (_, listener) in lists.decision { listener(told) }
      case PackedNotification.track:
        guard let told = try? TrackNotification(notification) else { continue }
        for (_, listener) in lists.track { listener(told) }
      default:
        continue
      }
    }
  }
}
