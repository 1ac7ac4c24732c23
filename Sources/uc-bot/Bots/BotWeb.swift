import BotKit
import Logging
import Web

/// The web as the bots see it: a ``WebClient`` behind BotKit's own protocol, so that a bot can be tested without one.
final class BotWeb: BotHTTPClient {
  private let client: WebClient
  private let logger: Logger

  init(policy: NetPolicy, logger: Logger) {
    client = WebClient(policy: policy, userAgent: Version.agent)
    self.logger = logger
  }

  func send(
    _ request: BotHTTPRequest, completion: @escaping @Sendable (Result<BotHTTPResponse, BotHTTPFailure>) -> Void
  ) {
    guard let url = WebURL(request.url) else { return completion(.failure(.badURL)) }
    let wanted = WebRequest(
      method: request.method, url: url, headers: request.headers.map { WebHeader($0.name, $0.value) },
      body: request.body, timeoutSeconds: request.timeoutSeconds, maximumBytes: request.maximumBytes,
      redirects: request.redirects)
    client.send(wanted, id: request.id) { [logger] result in
      switch result {
      case .success(let response):
        completion(
          .success(
            BotHTTPResponse(
              status: response.status, headers: response.headers.map { BotHTTPHeader($0.name, $0.value) },
              body: response.body, url: "\(response.url)")))
      case .failure(let failure): completion(.failure(Self.failure(failure, url, logger)))
      }
    }
  }

  func cancel(_ id: UInt64) { client.cancel(id) }

  /// Ends what is under way.
  func shutdown() { client.shutdown() }

  private static func failure(_ failure: WebFailure, _ url: WebURL, _ logger: Logger) -> BotHTTPFailure {
    switch failure {
    case .forbidden: return .forbidden
    case .dns: return .dns
    case .connect: return .connect
    case .tls: return .tls
    case .timeout: return .timeout
    case .tooLarge: return .tooLarge
    case .redirects: return .redirects
    case .busy: return .busy
    case .stopping: return .stopping
    case .unavailable:
      logger.warning("uc.http is not there", metadata: ["reason": "\(WebClient.problem ?? "no thread")"])
      return .unavailable
    case .failed(let why):
      logger.warning("a request failed", metadata: ["host": "\(url.host)", "reason": "\(why)"])
      return .failed
    }
  }
}
