// Clients that the host drives: it lends the library a thread, or makes the requests itself.
internal import COptTrack

extension Client {
  /// Does what is due for a client with ``Options/Driving/host``: posts batches that are full or have waited long enough,
  /// and what waits for another attempt, one after the other, on a thread outside Swift's pool.
  ///
  /// A request is given what is left of the budget, so one below the time that an answer takes delivers nothing, and one
  /// of zero sends nothing. It is used to its end even if the task is cancelled.
  ///
  /// - Returns: the time after which to call again; zero if there is more to do now, nil if there is nothing to do until
  ///   an event comes. Events may bring it forward: see ``wakeDescriptor()``.
  /// - Throws: ``OptError/closed(_:)``; ``OptError/invalidArgument(_:)`` if the client is not the host's to drive.
  @discardableResult
  public func pump(budget: Duration) async throws -> Duration? {
    let next = try await onThreadOfItsOwn { [self] in
      var next: UInt32 = 0
      try withHandle { client in try check { opt_client_pump(client, budget.milliseconds, &next, $0) } }
      return next
    }
    return next == .max ? nil : .milliseconds(next)
  }

  /// A file descriptor for poll or a `DispatchSource`, which is readable when ``pump(budget:)``, or
  /// ``nextRequest(timeout:)``, is to be called. It is the client's, and goes with it: it must not be read, written or
  /// closed.
  ///
  /// - Throws: ``OptError/invalidArgument(_:)`` if the client is not the host's to drive; ``OptError/outOfMemory(_:)`` if
  ///   no descriptor can be had; ``OptError/notSupported(_:)`` on platforms without eventfd.
  public func wakeDescriptor() throws -> Int32 {
    var descriptor: Int32 = -1
    try withHandle { client in try check { opt_client_wake_descriptor(client, &descriptor, $0) } }
    return descriptor
  }

  /// Makes the requests of a client with ``Options/Driving/hostTransport``, one at a time, until it is closed.
  ///
  /// ```swift
  /// let delivery = Task { try await client.deliver(by: transport) }
  /// // …
  /// try await client.close()
  /// ```
  ///
  /// - Throws: `CancellationError` if the task is cancelled; ``OptError/invalidArgument(_:)`` if the client makes its
  ///   requests itself, or an answer's status is none.
  public func deliver(by transport: some Transport) async throws {
    while let request = try await nextRequestUntilClosed() {
      do {
        try await settle(request, by: transport)
      } catch OptError.notFound {
        continue  // It took too long, and comes again.
      }
    }
  }

  private func settle(_ request: TransportRequest, by transport: some Transport) async throws {
    let answer: TransportAnswer
    do {
      answer = try await transport.send(request)
    } catch {
      return try fail(request, reason: "\(error)")
    }
    try complete(request, with: answer)
  }

  private func nextRequestUntilClosed() async throws -> TransportRequest? {
    while true {
      do {
        return try await nextRequest(timeout: .seconds(60))
      } catch OptError.timeout {
        continue
      } catch OptError.closed {
        return nil
      }
    }
  }

  /// Takes the next request that is due, waiting for one if there is none. ``close(timeout:)`` ends the wait, once all is
  /// delivered or its time is over. Whatever comes of a request is told to ``complete(_:with:)`` or
  /// ``fail(_:reason:)``, within its ``TransportRequest/timeout``.
  ///
  /// - Throws: ``OptError/timeout(_:left:)`` if none is due; ``OptError/closed(_:)``; ``OptError/invalidArgument(_:)`` if
  ///   the client makes its requests itself; `CancellationError` if the task is cancelled.
  public func nextRequest(timeout: Duration) async throws -> TransportRequest {
    let end = ContinuousClock.now + timeout
    while true {
      try Task.checkCancellation()
      // Shortly, so that a cancelled task ends soon.
      let wait = min(.milliseconds(200), end - .now)
      do {
        return try await onThreadOfItsOwn { [self] in try takeRequest(wait) }
      } catch OptError.timeout where ContinuousClock.now < end {
        continue
      }
    }
  }

  private func takeRequest(_ wait: Duration) throws -> TransportRequest {
    var request: OpaquePointer?
    defer { opt_request_free(request) }
    try withHandle { client in try check { opt_client_next_request(client, wait.milliseconds, &request, $0) } }
    var view = opt_request_view()
    try check { opt_request_read(request, &view, MemoryLayout<opt_request_view>.stride, $0) }
    return TransportRequest(view)
  }

  /// Gives the answer to a request. What it means is the library's to know: a request that may succeed later comes again,
  /// no earlier than Retry-After says.
  ///
  /// - Throws: ``OptError/notFound(_:)`` if the request is settled already: completed, or timed out;
  ///   ``OptError/invalidArgument(_:)`` for a status that is none.
  public func complete(_ request: TransportRequest, with answer: TransportAnswer) throws {
    // 0 would say that there was no answer.
    let status = answer.status > 0 ? answer.status : .max
    try settle(request, status: UInt32(clamping: status), headers: answer.headers, body: answer.body)
  }

  /// Says that no whole answer to a request came, and why, for the log. The request comes again later.
  ///
  /// - Throws: as ``complete(_:with:)``.
  public func fail(_ request: TransportRequest, reason: String) throws {
    try settle(request, status: 0, headers: [], body: reason)
  }

  private func settle(_ request: TransportRequest, status: UInt32, headers: [TransportHeader], body: String) throws {
    try withLent(headers[...]) { lent in
      try body.withText { body in
        try withHandle { client in
          try check { opt_client_complete(client, request.id, status, lent, lent.count, body, $0) }
        }
      }
    }
  }
}

/// Lends headers to `body`, one inside the other, for a text is lent for the length of a call.
private func withLent<Result>(
  _ headers: ArraySlice<TransportHeader>, after lent: [opt_header] = [], _ body: ([opt_header]) throws -> Result
) rethrows -> Result {
  guard let first = headers.first else { return try body(lent) }
  return try first.name.withText { name in
    try first.value.withText { value in
      try withLent(headers.dropFirst(), after: lent + [opt_header(name: name, value: value)], body)
    }
  }
}

extension TransportRequest {
  init(_ view: opt_request_view) {
    id = view.id
    method = String(view.method) ?? ""
    url = String(view.url) ?? ""
    headers = UnsafeBufferPointer(start: view.headers, count: view.header_count).map {
      TransportHeader(name: String($0.name) ?? "", value: String($0.value) ?? "")
    }
    body = String(view.body) ?? ""
    timeout = .milliseconds(view.timeout_ms)
  }
}
