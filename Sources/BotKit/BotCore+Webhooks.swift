import Limits
import LuaVM

/// One `uc.webhook`.
struct Webhook {
  var route: BotWebhooks.Route
  var function: LuaReference
  var place: String
  /// The SHA-256 of the token that requests must carry; nil: anybody may.
  var token: String?
}

extension BotCore {
  /// Lets requests come: those made before the script had begun, and from then on each at once.
  func publishWebhooks() {
    areWebhooksPublic = true
    for (id, hook) in hooks { publish(hook, id: id) }
  }

  func publish(_ hook: Webhook, id: UInt64) {
    let deliver = deliver
    configuration.webhooks?.set(hook.route, id: id) { request, completion in
      deliver(.called(hook: id, request, completion: completion))
    }
  }

  func withdrawWebhooks() {
    for (id, hook) in hooks { configuration.webhooks?.remove(hook.route, id: id) }
    hooks = [:]
  }

  /// A request for one of the script's webhooks.
  func called(_ id: UInt64, _ request: BotWebhookRequest, completion: @escaping BotWebhooks.Completion) {
    guard let hook = hooks[id], !isStopping else {
      return completion(BotWebhookResponse(status: 503, text: "the bot is ending or has been loaded anew"))
    }
    guard isAuthorized(request, for: hook) else {
      statistics.refused &+= 1
      return completion(BotWebhookResponse(status: 401, text: "no or another token"))
    }
    let title = "the webhook '\(hook.route.method) \(hook.route.path)' made at \(hook.place)"
    host(
      hook.function, title: title, place: hook.place, seconds: Limits.Lua.webhookSeconds,
      arguments: { $0.request(request) },
      completion: { [unowned self] end in
        switch end {
        case .returned(let call): completion(response(call, title))
        case .failed: completion(BotWebhookResponse(status: 500, text: "the bot has made a mistake"))
        case .timeout: completion(BotWebhookResponse(status: 504, text: "the bot did not answer in time"))
        }
      })
  }

  /// `Authorization: Bearer <token>`. Compared as digests, so that the time it takes tells nothing.
  private func isAuthorized(_ request: BotWebhookRequest, for hook: Webhook) -> Bool {
    guard let token = hook.token else { return true }
    let header = request.headers.first { $0.name.lowercased() == "authorization" }?.value ?? ""
    guard header.prefix(7).lowercased() == "bearer " else { return false }
    let given = Array(header.dropFirst(7).utf8).withUnsafeBytes { SHA256Text.of($0) }
    return zip(given.utf8, token.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// `status`, `body` or `status, body`.
  private func response(_ call: LuaCall, _ title: String) -> BotWebhookResponse {
    var status: Int64?
    var index = 1
    if call.type(1) == .number {
      status = call.integer(1) ?? 0
      index = 2
    }
    var problem = "the status must be a whole number from 200 to 599"
    guard status.map({ (200...599).contains($0) }) ?? true else { return mistake(title, problem) }
    let code = Int(status ?? 200)
    switch call.type(index) {
    case .none, .null: return BotWebhookResponse(status: status == nil ? 204 : code)
    case .string:
      let bytes = call.bytes(index).map(Array.init) ?? []
      guard bytes.count <= Limits.HTTP.json else { return mistake(title, "it returned \(bytes.count) bytes") }
      return BotWebhookResponse(status: code, contentType: "text/plain; charset=utf-8", body: bytes)
    case .table:
      do throws(Misuse) {
        let body = try call.requireJSON(index, "what it returned")
        return BotWebhookResponse(status: code, contentType: "application/json", body: body)
      } catch {
        problem = error.message
      }
    default: problem = "it must return a status, a string or table, or both, got \(call.type(index).name)"
    }
    return mistake(title, problem)
  }

  private func mistake(_ title: String, _ problem: String) -> BotWebhookResponse {
    statistics.errors &+= 1
    log.failure("\(title): \(problem)", traceback: nil)
    return BotWebhookResponse(status: 500, text: "the bot has made a mistake")
  }
}

/// Where a request's parts lie in its object.
enum RequestSlot: Int, CaseIterable {
  case method
  case path
  case query
  case headers
  case body
}

extension LuaWriter {
  func request(_ request: BotWebhookRequest) {
    object(ClassID.request.rawValue, slots: RequestSlot.allCases.count) { slots in
      for slot in RequestSlot.allCases {
        switch slot {
        case .method: slots.string(request.method)
        case .path: slots.string(request.path)
        case .query: slots.string(request.query)
        case .headers: slots.string(HeaderText.joined(request.headers))
        case .body: slots.bytes(request.body)
        }
      }
    }
  }
}
