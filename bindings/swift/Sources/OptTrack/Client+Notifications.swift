// How to be told what a client does.
internal import COptTrack

/// A listener that was added; hand it to ``Client/removeListener(_:)``.
public struct ListenerID: Sendable, Hashable {
  fileprivate let number: UInt64
}

extension Client {
  /// Has `listener` called after each decision, once a flag, on the thread of the call that decides and before the call
  /// returns; listeners of one kind in the order they were added. It may call the client.
  ///
  /// An asynchronous decision may call it on any thread. Works on any thread; never waits.
  @discardableResult
  public func addDecisionListener(_ listener: @escaping @Sendable (DecisionNotification) -> Void) -> ListenerID {
    ListenerID(number: listeners.add(listener))
  }

  /// Has `listener` called after each conversion that was accepted, as ``addDecisionListener(_:)`` does for decisions.
  @discardableResult
  public func addTrackListener(_ listener: @escaping @Sendable (TrackNotification) -> Void) -> ListenerID {
    ListenerID(number: listeners.add(listener))
  }

  /// Removes a listener; false if it is not there. A call that is under way on another thread may tell it once more.
  @discardableResult
  public func removeListener(_ id: ListenerID) -> Bool { listeners.remove(id.number) }

  /// What the client does by itself, as it happens: batches that are posted, datafiles that come into force, events that
  /// are lost. Of these only the kinds that ``Options/notificationQueue`` asks for; without it the stream ends at once.
  ///
  /// What happens while nobody iterates waits in the queue. Each notification is told once, so have one stream at a
  /// time. The stream ends when the client is closed and what waited has been told, and when the task is cancelled;
  /// until then a task that iterates keeps the client alive.
  ///
  /// ```swift
  /// for await case .configUpdate(let revision) in client.notifications() { print(revision) }
  /// ```
  public func notifications() -> AsyncStream<ClientNotification> {
    AsyncStream { await self.nextNotification() }
  }

  private enum Pull: Sendable {
    case told(PackedNotification)
    case nothing
    case over
  }

  private func nextNotification() async -> ClientNotification? {
    while hasNotificationQueue, !Task.isCancelled {
      switch try? await onThreadOfItsOwn({ try self.pull() }) {
      case .told(let raw):
        if let known = try? ClientNotification(raw) { return known }
      case .nothing:
        continue
      case .over, nil:
        return nil
      }
    }
    return nil
  }

  /// Waits for a notification: shortly, so that a cancelled task ends soon, and not at all once the client is closed.
  private func pull() throws -> Pull {
    let wasClosed = isClosed.use { $0 }
    var notification: OpaquePointer?
    defer { opt_notification_free(notification) }
    do {
      try withHandle { client in
        try check { opt_client_next_notification(client, wasClosed ? 0 : 200, &notification, $0) }
      }
    } catch OptError.timeout {
      return wasClosed ? .over : .nothing
    } catch OptError.closed {
      return .over
    }
    var view = opt_notification_view()
    try check { opt_notification_read(notification, &view, MemoryLayout<opt_notification_view>.stride, $0) }
    return .told(
      PackedNotification(type: view.type, key: String(view.key) ?? "", payload: String(view.payload) ?? "null"))
  }
}
