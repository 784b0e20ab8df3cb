// What a call can throw: one case for each status of opttrack.h, and those that Swift adds.
internal import COptTrack

/// What a call of this package throws, but for `CancellationError` of cancelled tasks.
///
/// There is a case for each status of the C library, with the library's own words:
///
/// ```swift
/// do {
///   try client.track("purchase", for: user)
/// } catch OptError.unknownEvent(let report) {
///   print(report.message)
/// }
/// ```
///
/// A plain value, safe to share among threads.
public enum OptError: Error, Sendable, Hashable {
  /// An argument is out of range or contradictory; ``Report/place`` names it.
  case invalidArgument(Report)
  /// A text is not UTF-8. Swift's strings always are, so this is not expected.
  case invalidUTF8(Report)
  /// The datafile is not JSON, has a wrong type somewhere or an unsupported version; ``Report/place`` is its JSON path.
  case invalidDatafile(Report)
  /// The client has no datafile yet.
  case notReady(Report)
  /// The client was closed: events are refused, decisions still work.
  case closed(Report)
  /// The datafile has no event with this key; nothing was recorded.
  case unknownEvent(Report)
  /// The datafile has no experiment with this key.
  case unknownExperiment(Report)
  /// The datafile has no flag with this key.
  case unknownFlag(Report)
  /// The flag has no variable with this key.
  case unknownVariable(Report)
  /// What was asked for is not there.
  case notFound(Report)
  /// A variable has another type than was asked for.
  case wrongType(Report)
  /// A variable's text can't be read as its type.
  case badValue(Report)
  /// Some of what was asked for could be given, some not.
  case partial(Report)
  /// An event alone is larger than the Events API takes (3.5 MB).
  case tooLarge(Report)
  /// The queue is at its limit; nothing was recorded. The same call may succeed later.
  case queueFull(Report)
  /// The disk refused the event; nothing was recorded. The same call may succeed later.
  case disk(Report)
  /// Memory for the call could not be had; nothing was recorded. The same call may succeed later.
  case outOfMemory(Report)
  /// The deadline passed with `left` events undelivered.
  case timeout(Report, left: UInt64)
  /// This build or this platform can't do what was asked for.
  case notSupported(Report)
  /// A fault of the library itself, caught at its boundary. Events accepted before still go out.
  case `internal`(Report)
  /// A bandit's prediction could not be had. The same call may succeed later.
  case predictionFailed(Report)
  /// A decision needs predictions that were not handed over. The calls of ``Client`` see to them, so this is not
  /// expected.
  case needsPrediction(Report)
  /// ``Client/setTracking(_:)`` switched tracking off; nothing was recorded.
  case trackingOff(Report)
  /// A server gave no answer, can't be trusted, or refused what it was asked for; the message says which.
  case network(Report)
  /// A status that this package is too old to know.
  case unknown(code: Int32, Report)
  /// The library that runs is not of the version whose header this package was built with.
  case versionMismatch(header: String, library: String)

  /// What the library says about a failure. A plain value, safe to share among threads.
  public struct Report: Sendable, Hashable {
    /// One line for a log: what was wrong, where, what was expected. Holds no visitor ids and no attribute values.
    public let message: String
    /// The argument, the option or the JSON path that the message speaks of; empty if there is none.
    public let place: String
    /// True if the same call may succeed later, false if its input is wrong.
    public let isRetriable: Bool
  }

  /// What the library says about this failure, whichever case it is.
  public var report: Report {
    switch self {
    case .invalidArgument(let report), .invalidUTF8(let report), .invalidDatafile(let report), .notReady(let report),
      .closed(let report), .unknownEvent(let report), .unknownExperiment(let report), .unknownFlag(let report),
      .unknownVariable(let report), .notFound(let report), .wrongType(let report), .badValue(let report),
      .partial(let report), .tooLarge(let report), .queueFull(let report), .disk(let report),
      .outOfMemory(let report), .timeout(let report, _), .notSupported(let report), .internal(let report),
      .predictionFailed(let report), .needsPrediction(let report), .trackingOff(let report), .network(let report),
      .unknown(_, let report):
      report
    case .versionMismatch(let header, let library):
      Report(
        message: "built with opttrack.h \(header), but the library that runs is \(library)", place: "",
        isRetriable: false)
    }
  }
}

extension OptError: CustomStringConvertible {
  /// The report's message.
  public var description: String { report.message }
}

extension OptError {
  /// The error that the status `code` stands for.
  init(code: StatusCode, report: Report) {
    switch code {
    case Int32(OPT_STATUS_INVALID_ARGUMENT.rawValue): self = .invalidArgument(report)
    case Int32(OPT_STATUS_INVALID_UTF8.rawValue): self = .invalidUTF8(report)
    case Int32(OPT_STATUS_INVALID_DATAFILE.rawValue): self = .invalidDatafile(report)
    case Int32(OPT_STATUS_NOT_READY.rawValue): self = .notReady(report)
    case Int32(OPT_STATUS_CLOSED.rawValue): self = .closed(report)
    case Int32(OPT_STATUS_UNKNOWN_EVENT.rawValue): self = .unknownEvent(report)
    case Int32(OPT_STATUS_UNKNOWN_EXPERIMENT.rawValue): self = .unknownExperiment(report)
    case Int32(OPT_STATUS_UNKNOWN_FLAG.rawValue): self = .unknownFlag(report)
    case Int32(OPT_STATUS_UNKNOWN_VARIABLE.rawValue): self = .unknownVariable(report)
    case Int32(OPT_STATUS_NOT_FOUND.rawValue): self = .notFound(report)
    case Int32(OPT_STATUS_WRONG_TYPE.rawValue): self = .wrongType(report)
    case Int32(OPT_STATUS_BAD_VALUE.rawValue): self = .badValue(report)
    case Int32(OPT_STATUS_PARTIAL.rawValue): self = .partial(report)
    case Int32(OPT_STATUS_TOO_LARGE.rawValue): self = .tooLarge(report)
    case Int32(OPT_STATUS_QUEUE_FULL.rawValue): self = .queueFull(report)
    case Int32(OPT_STATUS_DISK.rawValue): self = .disk(report)
    case Int32(OPT_STATUS_OUT_OF_MEMORY.rawValue): self = .outOfMemory(report)
    case Int32(OPT_STATUS_TIMEOUT.rawValue): self = .timeout(report, left: 0)
    case Int32(OPT_STATUS_NOT_SUPPORTED.rawValue): self = .notSupported(report)
    case Int32(OPT_STATUS_INTERNAL.rawValue): self = .internal(report)
    case Int32(OPT_STATUS_PREDICTION_FAILED.rawValue): self = .predictionFailed(report)
    case Int32(OPT_STATUS_NEEDS_PREDICTION.rawValue): self = .needsPrediction(report)
    case Int32(OPT_STATUS_TRACKING_OFF.rawValue): self = .trackingOff(report)
    case Int32(OPT_STATUS_NETWORK.rawValue): self = .network(report)
    default: self = .unknown(code: code, report)
    }
  }

  /// What `status` and the error that a call wrote say together; nil if the call succeeded.
  init?(status: StatusCode, error: OpaquePointer?) {
    guard status != Int32(OPT_STATUS_OK.rawValue) else { return nil }
    let message = String(opt_error_message(error)) ?? String(cString: opt_status_name(status))
    let place = String(opt_error_place(error)) ?? ""
    self.init(
      code: status, report: Report(message: message, place: place, isRetriable: opt_error_is_retriable(error)))
  }

  /// The error of one decision among several, of which there is a status and a sentence; nil if it is none.
  init?(status: StatusCode, message: String?) {
    guard status != Int32(OPT_STATUS_OK.rawValue) else { return nil }
    let retriable = [OPT_STATUS_NOT_READY, OPT_STATUS_PREDICTION_FAILED].contains { Int32($0.rawValue) == status }
    let report = Report(
      message: message ?? String(cString: opt_status_name(status)), place: "", isRetriable: retriable)
    self.init(code: status, report: report)
  }

  /// For a call that said OK and gave no handle, which the library promises not to do.
  static var missingHandle: OptError {
    .internal(Report(message: "the library gave no handle", place: "", isRetriable: false))
  }
}

/// What C calls return: `opt_status`, which in the header is an enum's tag as well as a type, and so ambiguous in
/// Swift.
typealias StatusCode = Int32

/// Makes one call of the C library, and throws what it reports.
func check(_ call: (UnsafeMutablePointer<OpaquePointer?>) -> StatusCode) throws {
  var error: OpaquePointer?
  let status = call(&error)
  defer { opt_error_free(error) }
  if let failure = OptError(status: status, error: error) { throw failure }
}
