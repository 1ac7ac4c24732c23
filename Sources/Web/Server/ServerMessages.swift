/// A request that has come in whole.
public struct ServerRequest: Sendable, Equatable {
  /// `GET`, `POST` and so on.
  public var method: String
  /// Without the query; begins with `/`.
  public var path: String
  /// Behind the `?`, as it came; empty: none.
  public var query: String
  /// Names in lower case, values of the same name joined with a comma.
  public var headers: [WebHeader]
  /// All of it.
  public var body: [UInt8]

  /// A request.
  public init(method: String, path: String, query: String = "", headers: [WebHeader] = [], body: [UInt8] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}

/// What is answered.
public struct ServerResponse: Sendable, Equatable {
  /// 200 and so on.
  public var status: Int
  /// What the body is.
  public var contentType: String
  /// What else stands in the head.
  public var headers: [WebHeader]
  /// All of it.
  public var body: [UInt8]

  /// An answer.
  public init(
    status: Int, contentType: String = "text/plain; charset=utf-8", headers: [WebHeader] = [], body: [UInt8] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  /// An answer that is a line of text.
  public init(status: Int, text: String) { self.init(status: status, body: Array((text + "\n").utf8)) }
}
