// How every call for a user crosses into the library: look the profile up, cross, fetch predictions and cross again,
// save what changed, tell the listeners.
internal import COptTrack

extension Client {
  /// Makes a call, and waits for what it needs of the host's services. Throws where the library gives no answer at all;
  /// an answer may be an error still.
  func call<Body>(
    _ request: PackedRequest, body: (inout PackedReader) throws -> Body
  ) throws -> PackedAnswer<Body> {
    let request = prepared(request, predicts: services.canPredict)
    let answer = try cross(request, body: body)
    return settled(answer.needed.isEmpty ? answer : try predicted(request, body: body))
  }

  /// A call with what this side adds to it.
  func prepared(_ request: PackedRequest, predicts: Bool) -> PackedRequest {
    var request = request
    request.notifies = listeners.areInterested(in: request.call)
    guard request.call.decides else { return request }
    request.predicts = predicts
    let options = request.call.takesOptions ? request.options.union(services.defaultOptions) : []
    let isIdle = request.call == .decideForKeys && request.flagKeys.isEmpty
    if !isIdle, !options.contains(.ignoreUserProfileService) {
      request.profile = services.lookedUpProfile(of: request.user.id)
    }
    return request
  }

  /// Makes a call that needed predictions again, with predictions, until it needs no more.
  func predicted<Body>(
    _ first: PackedRequest, body: (inout PackedReader) throws -> Body
  ) throws -> PackedAnswer<Body> {
    if turns.areRunning { return try refused(first, body: body) }
    turns.waitToEnter(first.user.id)
    defer { turns.leave(first.user.id) }
    var request = first
    // What another call has fetched for this visitor meanwhile may do.
    var answer = try cross(request, body: body)
    while !answer.needed.isEmpty {
      try request.add(turns.running { answer.needed.map { services.prediction($0, for: first.user.id) } })
      answer = try cross(request, body: body)
    }
    return answer
  }

  /// Makes a call that needs predictions from inside a predictor: without them, for waiting could last for ever.
  func refused<Body>(
    _ first: PackedRequest, body: (inout PackedReader) throws -> Body
  ) throws -> PackedAnswer<Body> {
    var request = first
    var answer = try cross(request, body: body)
    while !answer.needed.isEmpty {
      try request.add(answer.needed.map(services.refusal))
      answer = try cross(request, body: body)
    }
    return answer
  }

  /// An answer whose consequences have been seen to.
  func settled<Body>(_ answer: PackedAnswer<Body>) -> PackedAnswer<Body> {
    if let profile = answer.changedProfile { services.save(profile) }
    listeners.tell(answer.notifications)
    return answer
  }

  /// Crosses into the library, once, or twice if the answer is larger than most.
  func cross<Body>(
    _ request: PackedRequest, body: (inout PackedReader) throws -> Body
  ) throws -> PackedAnswer<Body> {
    let bytes = request.encoded()
    var capacity = request.call.usualAnswerSize
    while true {
      let answer: PackedAnswer<Body>? = try withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { room in
        var (size, error) = (0, OpaquePointer?.none)
        let status = withHandle { client in
          let start = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
          guard let stamp = request.stamp else {
            return opt_call_packed(client, bytes, bytes.count, start, room.count, &size, &error)
          }
          return stamp.uuid.withText { uuid in
            opt_track_at_packed(
              client, bytes, bytes.count, stamp.milliseconds, uuid, start, room.count, &size, &error)
          }
        }
        defer { opt_error_free(error) }
        guard size <= room.count else {
          capacity = size
          return nil
        }
        let failure = OptError(status: status, error: error)
        guard size > 0 else { throw failure ?? OptError.badAnswer("no bytes") }
        return try PackedAnswer(UnsafeRawBufferPointer(rebasing: room[..<size]), error: failure, body: body)
      }
      if let answer { return answer }
    }
  }
}

extension PackedRequest {
  /// Adds predictions. Each is asked for once, or a call could go on for ever.
  mutating func add(_ new: [Prediction]) throws {
    if let twice = new.first(where: { prediction in predictions.contains { $0.ruleID == prediction.ruleID } }) {
      throw OptError.badAnswer("the need of a prediction it was given, of rule \(twice.ruleID)")
    }
    predictions += new
  }
}
