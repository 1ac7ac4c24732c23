import Limits
import LuaVM

/// `uc.webhook`: being asked by others.
enum WebhookFunctions {
  static let section = APISection("Webhooks", shapes: [webhookOptions], entries: entries)

  private static let webhookOptions = APIShape(
    "uc.WebhookOptions", "options of `uc.webhook`",
    [.init("token", "string?", "only requests with `Authorization: Bearer <token>` get in, others get 401")])

  static let entries = [
    APIEntry(
      "uc.webhook", .function, "uc.webhook(route, [options], function) -> true | nil, code",
      "Calls the function for each HTTP request of this method and path.",
      type:
        "fun(route: string, options?: uc.WebhookOptions, fn: async fun(request: uc.Request): any, any): true?, string?",
      details: """
        The route is a method and a path, as in `POST /deploy`. The requests come to where `--http` listens; without that
        option nothing comes, and the code is `unavailable`. `/healthz` and `/metrics` are uc-bot's own. A route belongs to
        the script that named it first.

        The function may wait, and has \(Int(Limits.Lua.webhookSeconds)) seconds. It returns a status, a body, or both: a
        string is sent as text, a table as JSON; nothing is 204, and an error 500. The body of a request has
        \(Limits.Server.body / 1_024) KiB at most; a script may have \(Limits.Lua.webhooks) webhooks.

        \(webhookOptions.pageWithoutTypes())

        ```lua
        uc.webhook("POST /deploy", { token = "change me" }, function(request)
          local order, code, message = request:json()
          if not order then return 400, message end
          uc.say("deployed: " .. tostring(order.version))
          return 200, { ok = true }
        end)
        ```
        """,
      .function(webhook)),
    APIEntry(
      "Request.method", .field, "request.method -> string", "`GET`, `POST` and so on.", type: "string",
      .slot(RequestSlot.method.rawValue)),
    APIEntry(
      "Request.path", .field, "request.path -> string", "The path, without the query.", type: "string",
      .slot(RequestSlot.path.rawValue)),
    APIEntry(
      "Request.query", .field, "request.query -> table", "What stands behind the `?`, by its names, unescaped.",
      type: "table<string, string>",
      .function { _, call in
        let text = call.slotString(1, slot: RequestSlot.query.rawValue) ?? ""
        call.results.table { table in
          for (name, value) in URLText.pairs(text) { table.field(name) { $0.string(value) } }
        }
        return .values
      }),
    APIEntry(
      "Request.headers", .field, "request.headers -> table", "The lines of the head by their names in lower case.",
      type: "table<string, string>",
      .function { _, call in
        let text = call.slotString(1, slot: RequestSlot.headers.rawValue) ?? ""
        call.results.table { table in
          for (name, value) in HeaderText.pairs(text) { table.field(name) { $0.string(value) } }
        }
        return .values
      }),
    APIEntry(
      "Request.body", .field, "request.body -> string", "The bytes of the body.", type: "string",
      .slot(RequestSlot.body.rawValue)),
    APIEntry(
      "Request:json", .method, "request:json() -> value | nil, code, message",
      "Reads the body as JSON, as `uc.json.decode` does.", type: "fun(): any, uc.SyntaxCode?, string?",
      details: "The code is `syntax`; the message says what is wrong at which byte.",
      .function { _, call throws(Misuse) in
        try call.requireSelf(.request, of: "Request:json")
        if let body = call.slotBytes(1, slot: RequestSlot.body.rawValue) { call.results.json(body) }
        return .values
      }),
  ]

  private static func webhook(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let route = try route(try call.requireString(1, "route", of: "uc.webhook"))
    var token: String?
    var index = 2
    if call.type(2) == .table {
      index = 3
      var secret: String?
      try call.readOptions(2, of: "uc.webhook", names: webhookOptions.names, example: "{ token = \"…\" }") {
        name, value throws(Misuse) in
        guard name == "token" else { return false }
        secret = try call.stringOption(name, value, of: "uc.webhook")
        return true
      }
      if let secret {
        guard secret.utf8.count >= 8 else { throw Misuse("uc.webhook: option 'token' must have at least 8 bytes") }
        token = Array(secret.utf8).withUnsafeBytes { SHA256Text.of($0) }
      }
    } else if call.count > 2, call.type(2) == .null {
      index = 3
    }
    try call.requireFunction(index, "function", of: "uc.webhook")
    guard let webhooks = core.configuration.webhooks else {
      call.results.failure("unavailable")
      return .values
    }
    guard !core.hooks.values.contains(where: { $0.route == route }) else {
      throw Misuse("uc.webhook: the script has a webhook '\(route.method) \(route.path)' already")
    }
    guard core.hooks.count < Limits.Lua.webhooks else {
      throw Misuse("uc.webhook: a script may have \(Limits.Lua.webhooks) webhooks, not more")
    }
    if let owner = webhooks.claim(route, for: core.script.path) {
      throw Misuse("uc.webhook: '\(route.method) \(route.path)' belongs to \(owner)")
    }
    guard let function = call.keep(index) else { throw Misuse("not enough memory") }
    let id = webhooks.newID()
    let hook = Webhook(route: route, function: function, place: call.caller ?? core.script.path, token: token)
    core.hooks[id] = hook
    if core.areWebhooksPublic { core.publish(hook, id: id) }
    call.results.boolean(true)
    return .values
  }

  private static func route(_ text: String) throws(Misuse) -> BotWebhooks.Route {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(parts[0]), parts[1].hasPrefix("/"),
      parts[1].utf8.count <= 200, parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 })
    else {
      throw Misuse(
        "uc.webhook: argument 1 (route) must be a method and a path, as in \"POST /deploy\", got "
          + "'\(LogText.line(String(text.prefix(60))))'")
    }
    guard !BotWebhooks.reserved.contains(String(parts[1])) else {
      throw Misuse("uc.webhook: '\(parts[1])' is answered by uc-bot itself")
    }
    return BotWebhooks.Route(method: String(parts[0]), path: String(parts[1]))
  }
}

extension URLText {
  /// The names and values of a query, at most `Limits.HTTP.headers` of them; the first of each name counts.
  static func pairs(_ query: String) -> [(name: String, value: String)] {
    var seen: Set<String> = []
    var pairs: [(name: String, value: String)] = []
    for part in query.split(separator: "&") where pairs.count < Limits.HTTP.headers {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = unescaped(sides.first ?? "")
      guard seen.insert(name).inserted else { continue }
      pairs.append((name, sides.count > 1 ? unescaped(sides[1]) : ""))
    }
    return pairs
  }

  /// `%XX` and `+` as what they stand for.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(digit),
        let low = rest.dropFirst().first.flatMap(digit)
      {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
