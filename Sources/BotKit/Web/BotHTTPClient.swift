import Synchronization

/// The web as a bot sees it. The command gives bots a client of the floor below; tests have one of their own.
///
/// `send` returns at once and calls `completion` exactly once, from any thread, also before it returns.
public protocol BotHTTPClient: AnyObject, Sendable {
  /// Sends a request and gives back what came of it, redirects followed.
  func send(
    _ request: BotHTTPRequest, completion: @escaping @Sendable (Result<BotHTTPResponse, BotHTTPFailure>) -> Void)

  /// Nobody waits for this request any more: the task was cancelled, or the bot ends.
  func cancel(_ id: UInt64)
}

extension BotHTTPClient {
  /// For clients that have nothing to give up; the answer is dropped when it comes.
  public func cancel(_ id: UInt64) {}
}

/// One line of the head of a request or response.
public struct BotHTTPHeader: Sendable, Equatable {
  /// Its name, in any case.
  public var name: String
  /// What stands behind the colon, without space around it.
  public var value: String

  /// A line.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What a script wants from a server. Names, sizes and times in it have been checked; the URL has not.
public struct BotHTTPRequest: Sendable, Equatable {
  /// Different for each request of the process.
  public var id: UInt64
  /// `GET`, `POST` and so on.
  public var method: String
  /// As the script wrote it, its query added.
  public var url: String
  /// What the script wants in the head.
  public var headers: [BotHTTPHeader]
  /// nil: none.
  public var body: [UInt8]?
  /// For everything together, redirects too.
  public var timeoutSeconds: Double
  /// Bytes of body, decompressed, that the script takes.
  public var maximumBytes: Int
  /// Redirects to follow.
  public var redirects: Int

  private static let nextID = Atomic<UInt64>(1)

  /// A request with a number of its own.
  public init(
    method: String = "GET", url: String, headers: [BotHTTPHeader] = [], body: [UInt8]? = nil, timeoutSeconds: Double,
    maximumBytes: Int, redirects: Int
  ) {
    id = Self.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutSeconds = timeoutSeconds
    self.maximumBytes = maximumBytes
    self.redirects = redirects
  }
}

/// What a server answered.
public struct BotHTTPResponse: Sendable, Equatable {
  /// 200 and so on.
  public var status: Int
  /// In the order in which they came.
  public var headers: [BotHTTPHeader]
  /// The body, decompressed.
  public var body: [UInt8]
  /// Where it came from in the end.
  public var url: String

  /// A response.
  public init(status: Int, headers: [BotHTTPHeader] = [], body: [UInt8] = [], url: String) {
    self.status = status
    self.headers = headers
    self.body = body
    self.url = url
  }
}

/// Why there is no response. The raw value is what scripts get behind `nil`.
public enum BotHTTPFailure: String, Error, Sendable, CaseIterable {
  /// No URL, or none that begins with http: or https:.
  case badURL = "bad_url"
  /// The host, or the address that its name leads to, may not be reached.
  case forbidden
  /// The name has no address.
  case dns
  /// Nobody answers there.
  case connect
  /// The server's certificate is not to be trusted, or no secure connection can be agreed on.
  case tls
  case timeout
  /// The body is larger than the script takes, or the head larger than anybody does.
  case tooLarge = "too_large"
  /// More redirects than the script wants to follow.
  case redirects
  /// Too many requests of the script are under way.
  case busy
  case stopping
  /// This uc-bot has no HTTP client.
  case unavailable
  /// Anything else; the log says what.
  case failed
}
