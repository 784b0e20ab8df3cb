// URLSession as the transport of a client.
import Foundation
import OptTrack

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Makes requests with a session that follows no redirect.
struct SessionTransport: Transport {
  private let session = URLSession(configuration: .ephemeral, delegate: StaysHere(), delegateQueue: nil)

  func send(_ request: TransportRequest) async throws -> TransportAnswer {
    guard let url = URL(string: request.url) else { throw URLError(.badURL) }
    var outgoing = URLRequest(url: url)
    outgoing.httpMethod = request.method
    outgoing.httpBody = Data(request.body.utf8)
    for header in request.headers { outgoing.addValue(header.value, forHTTPHeaderField: header.name) }
    let (body, response) = try await session.data(for: outgoing)
    guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
    let headers = response.allHeaderFields.map { TransportHeader(name: "\($0)", value: "\($1)") }
    return TransportAnswer(
      status: response.statusCode, headers: headers, body: String(decoding: body.prefix(1_024), as: UTF8.self))
  }
}

private final class StaysHere: NSObject, URLSessionTaskDelegate {
  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }
}
