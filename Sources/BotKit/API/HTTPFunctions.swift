import Limits
import LuaVM

/// `uc.http`: fetching from the web.
enum HTTPFunctions {
  static let section = APISection(
    "The web", shapes: [getOptions, requestOptions], codes: [codes], entries: entries)

  private static let getOptions = APIShape(
    "uc.HTTPOptions", "options of `uc.http.get` and `uc.http.post`",
    [
      .init(
        "query", "table<string, string|number|boolean>?",
        "names and values that are put behind the `?` of the URL, escaped as is right"),
      .init(
        "headers", "table<string, string|number|boolean>?",
        "names and values; `Host`, `Content-Length` and what else governs the connection cannot be set"),
      .init("body", "string?", "what to send, \(Limits.HTTP.requestBody / 1_048_576) MiB at most"),
      .init(
        "json", "any",
        "any value: it is sent as JSON (see `uc.json.encode`), with the `Content-Type` that belongs to it"),
      .init(
        "timeout", "number?",
        "seconds for everything together, \(Int(Limits.HTTP.seconds)) by default, \(Int(Limits.HTTP.mostSeconds)) at most"
      ),
      .init(
        "max", "integer?",
        "bytes of body that are taken, decompressed; \(Limits.HTTP.body / 1_048_576) MiB by default, "
          + "\(Limits.HTTP.mostBody / 1_048_576) MiB at most"),
      .init(
        "redirects", "integer?",
        "how many are followed, \(Limits.HTTP.redirects) by default and at most; 0 returns the redirect itself"),
    ])

  private static let requestOptions = APIShape(
    "uc.HTTPRequestOptions", parent: "uc.HTTPOptions", "options of `uc.http.request`",
    [
      .init(
        "method", Method.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: "|") + "?", "`GET` by default")
    ])

  private static let codes = APICodes("uc.HTTPCode", BotHTTPFailure.allCases.map { ($0.rawValue, why($0)) })

  private static func why(_ failure: BotHTTPFailure) -> String {
    switch failure {
    case .badURL: "no URL, or none of `http:` or `https:`"
    case .forbidden: "the host may not be reached: see `--allow-net`"
    case .dns: "the host's name has no address"
    case .connect: "nobody answers there, or the connection broke"
    case .tls: "the server's certificate cannot be trusted"
    case .timeout: "it took too long"
    case .tooLarge: "the body is longer than `max`"
    case .redirects: "too many redirects"
    case .busy: "the script has \(Limits.HTTP.requests) requests under way already"
    case .stopping: "the bot is ending"
    case .unavailable: "this uc-bot cannot fetch: `uc-bot doctor` says why"
    case .failed: "anything else; the log says what"
    }
  }

  static let entries = [
    APIEntry(
      "uc.http.get", .asyncFunction, "uc.http.get(url, [options]) -> Response | nil, code",
      "Fetches from the web.",
      type: "async fun(url: string, options?: uc.HTTPOptions): uc.Response?, uc.HTTPCode?",
      details: """
        *Waits* for the whole response; redirects are followed. Only `http:` and `https:` URLs can be fetched.

        ```lua
        uc.command("weather", { args = { { "town", type = "rest" } } }, function(msg, args)
          local answer, code = uc.http.get("https://wttr.in/" .. args.town, { query = { format = "3" } })
          if not answer then return msg:reply("no weather: " .. code) end
          msg:reply(answer.ok and uc.trim(answer.body) or "the server says " .. answer.status)
        end)
        ```

        \(getOptions.pageWithoutTypes())

        A response with a status such as 404 or 500 is a response, and no failure. The codes:

        \(codes.page)

        Hosts on loopback and private networks (addresses such as 127.0.0.1, 10.0.0.1 or fd00::1, and names that lead to
        them) are reached only when `--allow-net` names them. A request ends with the task that waits for it.
        """,
      .function { core, call throws(Misuse) in try fetch(core, call, "uc.http.get", method: "GET") }),
    APIEntry(
      "uc.http.post", .asyncFunction, "uc.http.post(url, [options]) -> Response | nil, code",
      "Sends something to the web.",
      type: "async fun(url: string, options?: uc.HTTPOptions): uc.Response?, uc.HTTPCode?",
      details: "As `uc.http.get`, by the method POST. *Waits.*",
      .function { core, call throws(Misuse) in try fetch(core, call, "uc.http.post", method: "POST") }),
    APIEntry(
      "uc.http.request", .asyncFunction, "uc.http.request(url, [options]) -> Response | nil, code",
      "Fetches or sends by any method.",
      type: "async fun(url: string, options?: uc.HTTPRequestOptions): uc.Response?, uc.HTTPCode?",
      details: """
        As `uc.http.get`, with one more option: `method`, one of `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and \
        `OPTIONS`. *Waits.*
        """,
      .function { core, call throws(Misuse) in try fetch(core, call, "uc.http.request", method: nil) }),
    APIEntry(
      "Response.status", .field, "response.status -> integer", "The status, such as 200.", type: "integer",
      .slot(ResponseSlot.status.rawValue)),
    APIEntry(
      "Response.ok", .field, "response.ok -> boolean", "Whether the status is one of success, 200 to 299.",
      type: "boolean",
      .function { _, call in
        let status = call.slotInteger(1, slot: ResponseSlot.status.rawValue) ?? 0
        call.results.boolean((200...299).contains(status))
        return .values
      }),
    APIEntry(
      "Response.body", .field, "response.body -> string", "The body's bytes, decompressed.", type: "string",
      .slot(ResponseSlot.body.rawValue)),
    APIEntry(
      "Response.url", .field, "response.url -> string", "Where the response came from, redirects followed.",
      type: "string", .slot(ResponseSlot.url.rawValue)),
    APIEntry(
      "Response:json", .method, "response:json() -> value | nil, code, message",
      "Reads the body as JSON, as `uc.json.decode` does.", type: "fun(): any, uc.SyntaxCode?, string?",
      details: "The code is `syntax`; the message says what is wrong at which byte.",
      .function { _, call throws(Misuse) in
        try call.requireSelf(.response, of: "Response:json")
        if let body = call.slotBytes(1, slot: ResponseSlot.body.rawValue) { call.results.json(body) }
        return .values
      }),
    APIEntry(
      "Response.headers", .field, "response.headers -> table", "The head's lines by their names in lower case.",
      type: "table<string, string>",
      details: """
        `response.headers["content-type"]`. Values of the same name are joined with a comma; at most 100 names are kept.
        Each reading makes a new table.
        """,
      .function { _, call in
        let text = call.slotString(1, slot: ResponseSlot.headers.rawValue) ?? ""
        call.results.table { table in
          for (name, value) in HeaderText.pairs(text) { table.field(name) { $0.string(value) } }
        }
        return .values
      }),
  ]

  private static func fetch(
    _ core: BotCore, _ call: LuaCall, _ function: String, method: String?
  ) throws(Misuse) -> LuaOutcome {
    let url = try call.requireString(1, "url", of: function)
    var request = BotHTTPRequest(
      method: method ?? "GET", url: url, timeoutSeconds: Limits.HTTP.seconds, maximumBytes: Limits.HTTP.body,
      redirects: Limits.HTTP.redirects)
    switch call.type(2) {
    case .none, .null: break
    case .table: try readOptions(call, function, method: method, into: &request)
    default: throw Misuse("\(function): argument 2 (options) must be a table, got \(call.type(2).name)")
    }
    guard request.url.utf8.count <= Limits.HTTP.url else {
      call.results.failure(BotHTTPFailure.badURL.rawValue)
      return .values
    }
    try call.requireWait(function)
    return core.fetch(request, call)
  }

  private static func readOptions(
    _ call: LuaCall, _ function: String, method: String?, into request: inout BotHTTPRequest
  ) throws(Misuse) {
    let names = getOptions.names + (method == nil ? requestOptions.names : [])
    var read = request
    var json: [UInt8]?
    try call.readOptions(2, of: function, names: names, example: "{ timeout = 5 }") { name, value throws(Misuse) in
      guard names.contains(name) else { return false }
      switch name {
      case "headers": read.headers = try headers(call, value, function)
      case "query": read.url = URLText.adding(try query(call, value, function), to: read.url)
      case "body":
        guard let bytes = call.bytes(value) else {
          throw call.wrongOption(name, value, of: function, wanted: "a string")
        }
        guard bytes.count <= Limits.HTTP.requestBody else {
          throw Misuse("\(function): option 'body' may have \(Limits.HTTP.requestBody) bytes, got \(bytes.count)")
        }
        read.body = Array(bytes)
      case "json":
        let text = try call.requireJSON(value, "\(function): option 'json'")
        guard text.count <= Limits.HTTP.requestBody else {
          throw Misuse("\(function): option 'json' may have \(Limits.HTTP.requestBody) bytes, got \(text.count)")
        }
        json = text
      case "timeout":
        guard let seconds = call.number(value), seconds > 0, seconds <= Limits.HTTP.mostSeconds else {
          let wanted = "a number of seconds up to \(Int(Limits.HTTP.mostSeconds))"
          throw call.wrongOption(name, value, of: function, wanted: wanted)
        }
        read.timeoutSeconds = seconds
      case "max": read.maximumBytes = try count(call, name, value, 1...Limits.HTTP.mostBody, function)
      case "redirects": read.redirects = try count(call, name, value, 0...Limits.HTTP.redirects, function)
      default: read.method = try call.choiceOption(name, value, of: function, as: Method.self).rawValue
      }
      return true
    }
    if let json {
      guard read.body == nil else { throw Misuse("\(function): there is an option 'body' and an option 'json'") }
      read.body = json
      if !read.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
        read.headers.append(BotHTTPHeader("Content-Type", "application/json"))
      }
    }
    request = read
  }

  private enum Method: String, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
  }

  private static func count(
    _ call: LuaCall, _ name: String, _ index: Int, _ range: ClosedRange<Int>, _ function: String
  ) throws(Misuse) -> Int {
    guard let number = call.integer(index), range.contains(Int(clamping: number)) else {
      throw call.wrongOption(
        name, index, of: function, wanted: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(clamping: number)
  }

  /// A table of names and texts, numbers or booleans, in the order of the names.
  private static func fields(
    _ call: LuaCall, _ option: String, _ index: Int, _ function: String
  ) throws(Misuse) -> [(name: String, value: String)] {
    guard call.type(index) == .table else { throw call.wrongOption(option, index, of: function, wanted: "a table") }
    var fields: [(name: String, value: String)] = []
    var problem: Misuse?
    call.forEachField(index) { key, value in
      guard let name = call.string(key) else {
        problem = Misuse("\(function): option '\(option)' has names, as in { name = \"value\" }")
        return false
      }
      switch call.type(value) {
      case .string: fields.append((name, call.string(value) ?? ""))
      case .number:
        let written = call.integer(value).map { "\($0)" } ?? call.number(value).map { "\($0)" }
        fields.append((name, written ?? ""))
      case .boolean: fields.append((name, call.boolean(value) ? "true" : "false"))
      default:
        problem = Misuse(
          "\(function): '\(LogText.line(name))' of option '\(option)' must be a string, got \(call.type(value).name)")
      }
      if fields.count > Limits.HTTP.headers {
        problem = Misuse("\(function): option '\(option)' may have \(Limits.HTTP.headers) names, not more")
      }
      return problem == nil
    }
    if let problem { throw problem }
    return fields.sorted { $0.name < $1.name }
  }

  private static func query(
    _ call: LuaCall, _ index: Int, _ function: String
  ) throws(Misuse) -> [(name: String, value: String)] {
    try fields(call, "query", index, function)
  }

  /// Names that say how the request travels. They are the client's business.
  private static let reserved: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive",
    "proxy-connection", "proxy-authorization", "accept-encoding",
  ]

  private static func headers(_ call: LuaCall, _ index: Int, _ function: String) throws(Misuse) -> [BotHTTPHeader] {
    var headers: [BotHTTPHeader] = []
    for (name, value) in try fields(call, "headers", index, function) {
      guard name.utf8.allSatisfy(isTokenByte), !name.isEmpty else {
        throw Misuse("\(function): '\(LogText.line(name))' cannot be the name of a header")
      }
      guard !reserved.contains(name.lowercased()) else {
        throw Misuse("\(function): the header '\(name)' is made by uc-bot and cannot be set")
      }
      guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
        throw Misuse("\(function): the header '\(name)' has a line end or another control character in it")
      }
      guard name.utf8.count + value.utf8.count <= Limits.HTTP.header else {
        throw Misuse("\(function): the header '\(name)' is longer than \(Limits.HTTP.header) bytes")
      }
      headers.append(BotHTTPHeader(name, value))
    }
    return headers
  }

  /// RFC 9110's `tchar`.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

/// URLs as far as scripts need help with them.
enum URLText {
  /// The URL with these names and values in its query, before any fragment.
  static func adding(_ query: [(name: String, value: String)], to url: String) -> String {
    guard !query.isEmpty else { return url }
    let text = query.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    let fragment = url.firstIndex(of: "#") ?? url.endIndex
    let base = url[..<fragment]
    let separator = !base.contains("?") ? "?" : base.hasSuffix("?") || base.hasSuffix("&") ? "" : "&"
    return base + separator + text + url[fragment...]
  }

  /// Everything but RFC 3986's unreserved characters as `%XX`.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        escaped.unicodeScalars.append("%")
        escaped.unicodeScalars.append(digits[Int(byte >> 4)])
        escaped.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
    return escaped
  }
}
