import Limits

/// Puts a request together from its pieces, and says when it is too much.
struct RequestAssembly {
  /// What a piece led to.
  enum Outcome: Equatable {
    case more
    case request(ServerRequest, keepAlive: Bool)
    /// The answer with which the connection ends.
    case refuse(ServerResponse)
  }

  private var request: ServerRequest?
  private var keepAlive = false

  /// Whether a request has begun and not ended.
  var isUnderWay: Bool { request != nil }

  mutating func head(method: String, target: String, headers: [(String, String)], keepAlive: Bool) -> Outcome {
    self.keepAlive = keepAlive
    guard target.hasPrefix("/") else { return .refuse(ServerResponse(status: 400, text: "no path")) }
    var names: [String] = []
    var values: [String: String] = [:]
    var bytes = target.utf8.count
    for (name, value) in headers {
      bytes += name.utf8.count + value.utf8.count + 4
      let name = name.lowercased()
      if let earlier = values[name] {
        values[name] = earlier + ", " + value
      } else {
        names.append(name)
        values[name] = value
      }
    }
    guard bytes <= Limits.Server.head, names.count <= Limits.Server.headers else {
      return .refuse(ServerResponse(status: 431, text: "head too large"))
    }
    if let length = values["content-length"], (Int(length) ?? .max) > Limits.Server.body { return tooLarge }
    let query = target.firstIndex(of: "?") ?? target.endIndex
    request = ServerRequest(
      method: method, path: String(target[..<query]), query: String(target[query...].dropFirst()),
      headers: names.map { WebHeader($0, values[$0] ?? "") })
    return .more
  }

  mutating func body(_ bytes: some Collection<UInt8>) -> Outcome {
    guard let count = request?.body.count else { return .more }
    guard bytes.count <= Limits.Server.body - count else {
      request = nil
      return tooLarge
    }
    request?.body += bytes
    return .more
  }

  mutating func end() -> Outcome {
    guard let whole = request else { return .more }
    request = nil
    return .request(whole, keepAlive: keepAlive)
  }

  private var tooLarge: Outcome { .refuse(ServerResponse(status: 413, text: "body too large")) }
}
