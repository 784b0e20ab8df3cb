// What a test asks of a call that must fail.
@testable import OptTrack

/// The error that `body` throws; nil if it throws none, or one that is not of this package.
func refusal<Answer>(_ body: () throws -> Answer) -> OptError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? OptError
  }
}

/// The same for calls that wait.
func asyncRefusal<Answer>(_ body: () async throws -> Answer) async -> OptError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? OptError
  }
}

/// The name of an enum's case, without what comes with it.
func label(_ value: some Any) -> String {
  Mirror(reflecting: value).children.first?.label ?? "\(value)"
}

extension OptError {
  /// The name of the case.
  var name: String { label(self) }
}
