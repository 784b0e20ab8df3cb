// Requests that the host makes with an HTTP client of its own, such as URLSession.

/// Makes requests for ``Client/deliver(by:)``. Of `URLSession`, with a delegate that follows no redirect:
///
/// ```swift
/// struct SessionTransport: Transport {
///   let session: URLSession
///
///   func send(_ request: TransportRequest) async throws -> TransportAnswer {
///     var outgoing = URLRequest(url: URL(string: request.url)!)
///     outgoing.httpMethod = request.method
///     outgoing.httpBody = Data(request.body.utf8)
///     for header in request.headers { outgoing.addValue(header.value, forHTTPHeaderField: header.name) }
///     let (_, response) = try await session.data(for: outgoing)
///     let answer = response as! HTTPURLResponse
///     let headers = answer.allHeaderFields.map { TransportHeader(name: "\($0)", value: "\($1)") }
///     return TransportAnswer(status: answer.statusCode, headers: headers)
///   }
/// }
/// ```
public protocol Transport: Sendable {
  /// Makes a request and gives the whole answer, whatever its status. No redirect is to be followed. What it throws says
  /// that no answer came; the request comes again later, as it does if this takes longer than its
  /// ``TransportRequest/timeout``.
  func send(_ request: TransportRequest) async throws -> TransportAnswer
}

/// A header of a request or an answer. A plain value, safe to share among threads.
public struct TransportHeader: Sendable, Hashable {
  /// Its name, in any case.
  public var name: String
  /// Its value.
  public var value: String

  /// Name and value.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// A request that the host is to make. A plain value, safe to share among threads.
public struct TransportRequest: Sendable, Hashable {
  /// By which the client knows it.
  public let id: UInt64
  /// "POST".
  public let method: String
  /// An http:// or https:// URL.
  public let url: String
  /// The headers to send.
  public let headers: [TransportHeader]
  /// What to send: JSON.
  public let body: String
  /// How long it may take, from when it was given.
  public let timeout: Duration
}

/// The answer to a request. A plain value, safe to share among threads.
public struct TransportAnswer: Sendable, Hashable {
  /// The HTTP status, 100 to 999.
  public var status: Int
  /// The headers; the client reads Retry-After, and Date to read that against.
  public var headers: [TransportHeader]
  /// The body, or its beginning: it is for the log alone.
  public var body: String

  /// Status, headers and body.
  public init(status: Int, headers: [TransportHeader] = [], body: String = "") {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
