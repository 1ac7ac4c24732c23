import Limits

/// What is wanted from the web.
public struct WebRequest: Sendable, Equatable {
  /// `GET`, `POST` and so on.
  public var method: String
  /// Where it goes first.
  public var url: WebURL
  /// What the caller wants in the head.
  public var headers: [WebHeader]
  /// nil: none.
  public var body: [UInt8]?
  /// For everything together, redirects too.
  public var timeoutSeconds: Double
  /// Bytes of decompressed body that are taken.
  public var maximumBytes: Int
  /// Redirects that are followed.
  public var redirects: Int

  /// A request.
  public init(
    method: String = "GET", url: WebURL, headers: [WebHeader] = [], body: [UInt8]? = nil, timeoutSeconds: Double = 10,
    maximumBytes: Int = 1 << 20, redirects: Int = 5
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutSeconds = timeoutSeconds
    self.maximumBytes = maximumBytes
    self.redirects = redirects
  }
}

/// One line of a head.
public struct WebHeader: Sendable, Equatable {
  /// Its name, in any case.
  public var name: String
  /// What stands behind the colon, without space before it.
  public var value: String

  /// A line.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  func isNamed(_ name: String) -> Bool { self.name.lowercased() == name }
}

/// What came back.
public struct WebResponse: Sendable, Equatable {
  /// 200 and so on.
  public var status: Int
  /// In the order in which they came.
  public var headers: [WebHeader]
  /// The body, decompressed.
  public var body: [UInt8]
  /// Where it came from, redirects followed.
  public var url: WebURL
}

/// Why nothing came back.
public enum WebFailure: Error, Sendable, Equatable {
  case forbidden, dns, connect, tls, timeout, tooLarge, redirects, busy, stopping, unavailable
  /// In the library's words.
  case failed(String)
}

/// The course of one request over its redirects: what is sent where, and what becomes of each answer. It sends nothing
/// itself.
struct WebExchange {
  /// What is to be done next.
  enum Step: Equatable {
    /// Send `request`, then tell `received`.
    case send
    case end(Result<WebResponse, WebFailure>)
  }

  /// What is sent next.
  private(set) var request: WebRequest
  private let policy: NetPolicy
  private var redirectsLeft: Int
  private var headBytes = 0
  private var headers: [WebHeader] = []
  private var body: [UInt8] = []
  /// Why the body was not taken to its end.
  private var excess: WebFailure?

  init(_ request: WebRequest, policy: NetPolicy) {
    self.request = request
    self.policy = policy
    redirectsLeft = max(0, request.redirects)
  }

  /// The first thing to do.
  mutating func begin() -> Step { policy.mayTry(request.url) ? .send : .end(.failure(.forbidden)) }

  /// A line of the head; false: there have been too many.
  mutating func receive(head line: some Sequence<UInt8>) -> Bool {
    let text = String(decoding: Array(line), as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // Of several heads (100 Continue, 103 Early Hints) the last counts.
      headers = []
    }
    headBytes += text.utf8.count
    guard headBytes <= Limits.HTTP.head else {
      excess = .tooLarge
      return false
    }
    guard let colon = text.firstIndex(of: ":"), !text.hasPrefix("HTTP/") else { return true }
    guard headers.count < Limits.HTTP.headers else { return true }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    headers.append(WebHeader(String(text[..<colon]), String(value.prefix { !$0.isNewline })))
    return true
  }

  /// A piece of the body; false: it is longer than wanted.
  mutating func receive(body bytes: some Collection<UInt8>) -> Bool {
    guard bytes.count <= request.maximumBytes - body.count else {
      excess = .tooLarge
      body = []
      return false
    }
    body += bytes
    return true
  }

  /// The transfer is over: with a status, or with a failure.
  mutating func end(_ result: Result<Int, WebFailure>) -> Step {
    // A redirect may have a body of any length: it is not wanted.
    if let excess, case .failure = result { return .end(.failure(excess)) }
    switch result {
    case .failure(let failure): return .end(.failure(failure))
    case .success(let status):
      if let next = redirect(status) { return next }
      return .end(.success(WebResponse(status: status, headers: headers, body: body, url: request.url)))
    }
  }

  /// What follows from a status that sends elsewhere; nil when it does not.
  private mutating func redirect(_ status: Int) -> Step? {
    guard [301, 302, 303, 307, 308].contains(status), request.redirects > 0,
      let location = headers.last(where: { $0.isNamed("location") })?.value
    else { return nil }
    guard redirectsLeft > 0 else { return .end(.failure(.redirects)) }
    redirectsLeft -= 1
    // Another scheme, or no URL at all. Secrets do not go from a secure connection to one that everybody reads.
    guard let url = request.url.resolving(location), url.isSecure || !request.url.isSecure, policy.mayTry(url) else {
      return .end(.failure(.forbidden))
    }
    if !url.isSameOrigin(as: request.url) {
      request.headers.removeAll { header in !Self.harmless.contains { header.isNamed($0) } }
    }
    // As browsers do (RFC 9110 §15.4): 303 is asked for anew, and so is a POST by 301 and 302.
    if (status == 303 && request.method != "HEAD") || (status <= 302 && request.method == "POST") {
      request.method = "GET"
      request.body = nil
      request.headers.removeAll { $0.isNamed("content-type") }
    }
    request.url = url
    headers = []
    body = []
    headBytes = 0
    return .send
  }

  /// What another server may be told too. Everything else may be a key, whatever its name is.
  private static let harmless = ["accept", "accept-language", "content-type", "user-agent"]
}
