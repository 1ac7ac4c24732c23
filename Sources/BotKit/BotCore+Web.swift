import Limits
import LuaVM

extension BotCore {
  /// Sends a request for the running task, which waits for the response.
  func fetch(_ request: BotHTTPRequest, _ call: LuaCall) -> LuaOutcome {
    guard let client = configuration.http, !isStopped else {
      call.results.failure((isStopped ? BotHTTPFailure.stopping : .unavailable).rawValue)
      return .values
    }
    guard requests.count < Limits.HTTP.requests else {
      call.results.failure(BotHTTPFailure.busy.rawValue)
      return .values
    }
    let token = beginWait()
    requests[token] = request.id
    // The client keeps the time too; this one is the script's own clock.
    timers.schedule(.wait(token), at: now &+ Int64(request.timeoutSeconds * 1e9))
    let deliver = deliver
    client.send(request) { deliver(.fetched(token: token, $0)) }
    return .wait
  }

  /// A response has come, or will not.
  func fetched(_ token: UInt64, _ result: Result<BotHTTPResponse, BotHTTPFailure>) {
    guard requests.removeValue(forKey: token) != nil else { return }
    wake(token) { results in
      switch result {
      case .success(let response): results.response(response)
      case .failure(let failure): results.failure(failure.rawValue)
      }
    }
  }

  /// The task with this token waits for its response no longer. False when it did not wait for one.
  @discardableResult
  func dropRequest(_ token: UInt64) -> Bool {
    guard let id = requests.removeValue(forKey: token) else { return false }
    configuration.http?.cancel(id)
    return true
  }
}

/// Where a response's parts lie in its object.
enum ResponseSlot: Int, CaseIterable {
  case status
  case url
  case headers
  case body
}

extension LuaWriter {
  func response(_ response: BotHTTPResponse) {
    object(ClassID.response.rawValue, slots: ResponseSlot.allCases.count) { slots in
      for slot in ResponseSlot.allCases {
        switch slot {
        case .status: slots.integer(Int64(clamping: response.status))
        case .url: slots.string(response.url)
        case .headers: slots.string(HeaderText.joined(response.headers))
        case .body: slots.bytes(response.body)
        }
      }
    }
  }
}

/// The head of a request or response as one text, which is how an object keeps it: a name, a line end, the value, a
/// line end, and so on.
enum HeaderText {
  /// Names in lower case, values of the same name joined with a comma, at most `Limits.HTTP.headers` names.
  static func joined(_ headers: [BotHTTPHeader]) -> String {
    var names: [String] = []
    var values: [String: String] = [:]
    for header in headers {
      let name = header.name.lowercased()
      guard !name.contains(where: \.isNewline), !header.value.contains(where: \.isNewline) else { continue }
      if let value = values[name] {
        values[name] = value + ", " + header.value
      } else if names.count < Limits.HTTP.headers {
        names.append(name)
        values[name] = header.value
      }
    }
    return names.map { "\($0)\n\(values[$0] ?? "")\n" }.joined()
  }

  static func pairs(_ text: String) -> [(name: String, value: String)] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return stride(from: 0, to: lines.count - 1, by: 2).map { (String(lines[$0]), String(lines[$0 + 1])) }
  }
}
