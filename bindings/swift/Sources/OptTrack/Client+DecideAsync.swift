// Deciding without blocking a thread of Swift's pool, for flags with contextual bandits.
import Dispatch

extension Client {
  /// Decides a flag as ``decide(_:for:options:)`` does, and suspends where that would wait for predictions.
  ///
  /// Predictions come from the ``Options/asyncPredictor``, else from the ``Options/predictor`` or Optimizely's service,
  /// for which a thread outside Swift's pool waits. Where no prediction is needed, this does not suspend. The profile
  /// service is asked on the task's thread.
  ///
  /// If the task is cancelled, so are the asynchronous predictor's predictions, and the decision is an error decision;
  /// what a thread waits for is waited for.
  public func decideAsync(_ flagKey: String, for user: User, options: DecideOptions = []) async -> Decision {
    do {
      return try await callAsync(.deciding(flagKey, for: user, options), body: Self.decision).decision()
    } catch {
      return Decision(flagKey: flagKey, error: OptError(error))
    }
  }

  /// Decides flags as ``decide(flags:for:options:)`` does, and waits as ``decideAsync(_:for:options:)``: for several
  /// predictions at the same time.
  public func decideAsync(flags flagKeys: [String], for user: User, options: DecideOptions = []) async -> Decisions {
    do {
      return try await callAsync(.deciding(flags: flagKeys, for: user, options), body: Self.decisions).decisions()
    } catch {
      return Decisions([], error: OptError(error))
    }
  }

  /// Decides all flags as ``decideAll(for:options:)`` does, and waits as ``decideAsync(_:for:options:)``: for several
  /// predictions at the same time.
  public func decideAllAsync(for user: User, options: DecideOptions = []) async -> Decisions {
    do {
      return try await callAsync(.decidingAll(for: user, options), body: Self.decisions).decisions()
    } catch {
      return Decisions([], error: OptError(error))
    }
  }

  private func callAsync<Body: Sendable>(
    _ request: PackedRequest, body: @escaping @Sendable (inout PackedReader) throws -> Body
  ) async throws -> PackedAnswer<Body> {
    let request = prepared(request, predicts: true)
    let answer = try cross(request, body: body)
    if answer.needed.isEmpty { return settled(answer) }
    if turns.areRunning { return settled(try refused(request, body: body)) }
    if let predictor = services.asyncPredictor {
      return settled(try await predicted(request, by: predictor, body: body))
    }
    return try await onThreadOfItsOwn { [self] in
      var request = request
      request.predicts = services.canPredict
      return settled(try services.canPredict ? predicted(request, body: body) : cross(request, body: body))
    }
  }

  /// Makes a call that needed predictions again, with predictions, until it needs no more.
  private func predicted<Body>(
    _ first: PackedRequest, by predictor: any AsyncPredictor, body: (inout PackedReader) throws -> Body
  ) async throws -> PackedAnswer<Body> {
    await turns.enterAsync(first.user.id)
    defer { turns.leave(first.user.id) }
    var request = first
    // What another call has fetched for this visitor meanwhile may do.
    var answer = try cross(request, body: body)
    while !answer.needed.isEmpty {
      let needed = answer.needed
      let predictions = await turns.runningAsync {
        await services.predictions(needed, for: first.user.id, by: predictor)
      }
      try request.add(predictions)
      answer = try cross(request, body: body)
    }
    return answer
  }
}

/// Runs `work`, which may block, on a queue of its own, and gives what it gives.
func onThreadOfItsOwn<Answer: Sendable>(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "opttrack.wait").async { continuation.resume(with: Result { try work() }) }
  }
}
