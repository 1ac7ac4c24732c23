import Limits
import Synchronization

/// A request that somebody made of the process, on its way to a script.
public struct BotWebhookRequest: Sendable, Equatable {
  /// `GET`, `POST` and so on.
  public var method: String
  /// Begins with `/`; without the query.
  public var path: String
  /// Behind the `?`, as it came.
  public var query: String
  /// The lines of its head.
  public var headers: [BotHTTPHeader]
  /// All of it.
  public var body: [UInt8]

  /// A request.
  public init(method: String, path: String, query: String = "", headers: [BotHTTPHeader] = [], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}

/// What a script answered.
public struct BotWebhookResponse: Sendable, Equatable {
  /// 200 and so on.
  public var status: Int
  /// nil: there is no body.
  public var contentType: String?
  /// All of it.
  public var body: [UInt8]

  /// An answer.
  public init(status: Int, contentType: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// An answer that is a line of text.
  public init(status: Int, text: String) {
    self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
  }
}

/// Which script answers which requests: the webhooks of all scripts of the process.
///
/// A route belongs to the script that named it first, so that no other can take it; another version of the same script
/// can, when it begins.
public final class BotWebhooks: Sendable {
  /// Paths that the process answers itself.
  public static let reserved: Set<String> = ["/healthz", "/metrics"]

  typealias Completion = @Sendable (BotWebhookResponse) -> Void
  typealias Handler = @Sendable (BotWebhookRequest, @escaping Completion) -> Void

  struct Route: Hashable, Sendable {
    var method: String
    var path: String
  }

  private struct Hook {
    var id: UInt64
    var handler: Handler
  }

  private struct Table {
    var owners: [Route: String] = [:]
    var hooks: [Route: Hook] = [:]
    var nextID: UInt64 = 1
    var underWay = 0
  }

  private let table = Mutex(Table())

  /// A table without routes.
  public init() {}

  /// Keeps a route for a script. Gives back the other script that has it.
  func claim(_ route: Route, for script: String) -> String? {
    table.withLock { table in
      if let owner = table.owners[route], owner != script { return owner }
      table.owners[route] = script
      return nil
    }
  }

  /// A number that no other hook of the process has.
  func newID() -> UInt64 {
    table.withLock { table in
      defer { table.nextID &+= 1 }
      return table.nextID
    }
  }

  /// Lets requests for the route go to this handler from now on.
  func set(_ route: Route, id: UInt64, handler: @escaping Handler) {
    table.withLock { $0.hooks[route] = Hook(id: id, handler: handler) }
  }

  /// Takes a handler out, unless another has taken its place. The script keeps the route.
  func remove(_ route: Route, id: UInt64) {
    table.withLock { table in
      if table.hooks[route]?.id == id { table.hooks[route] = nil }
    }
  }

  /// Answers a request: calls `completion` once, from any thread, also before it returns.
  public func answer(_ request: BotWebhookRequest, completion: @escaping @Sendable (BotWebhookResponse) -> Void) {
    enum Decision {
      case go(Handler)
      case refuse(BotWebhookResponse)
    }
    let decision = table.withLock { table -> Decision in
      guard let hook = table.hooks[Route(method: request.method, path: request.path)] else {
        let isOtherMethod = table.hooks.keys.contains { $0.path == request.path }
        return .refuse(
          BotWebhookResponse(status: isOtherMethod ? 405 : 404, text: isOtherMethod ? "another method" : "not found"))
      }
      guard table.underWay < Limits.Server.webhooks else {
        return .refuse(BotWebhookResponse(status: 503, text: "busy"))
      }
      table.underWay += 1
      return .go(hook.handler)
    }
    switch decision {
    case .refuse(let response): completion(response)
    case .go(let handler):
      handler(request) { [weak self] response in
        self?.table.withLock { $0.underWay -= 1 }
        completion(response)
      }
    }
  }
}
