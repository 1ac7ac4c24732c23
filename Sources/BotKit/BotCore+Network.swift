import Limits
import LuaVM

extension BotCore {
  /// Asks the network for something, for the running task, which waits for the answer.
  func perform(_ request: BotRequest, timeout: Double, _ call: LuaCall) -> LuaOutcome {
    guard !isStopped, networkRequests.count < Limits.Lua.networkRequests else {
      call.results.failure((isStopped ? BotRequestFailure.stopping : .busy).rawValue)
      return .values
    }
    let token = beginWait()
    networkRequests.insert(token)
    // The network keeps the time too; this one is for networks that never answer.
    timers.schedule(.wait(token), at: now &+ Int64(timeout * 1e9))
    let deliver = deliver
    network.perform(request, timeoutSeconds: timeout) { deliver(.answered(token: token, $0)) }
    return .wait
  }

  /// The network has answered.
  func answered(_ token: UInt64, _ result: Result<BotAnswer, BotRequestFailure>) {
    guard networkRequests.remove(token) != nil else { return }
    wake(token) { results in
      switch result {
      case .failure(let failure): results.failure(failure.rawValue)
      case .success(.done): results.boolean(true)
      case .success(.peer(let peer)): results.peer(peer)
      case .success(.addresses(let addresses)): results.list(addresses)
      case .success(.identity(let agent, let protocols, let addresses)):
        results.table { table in
          table.field("agent") { $0.string(agent) }
          table.field("protocols") { $0.list(protocols) }
          table.field("addresses") { $0.list(addresses) }
        }
      case .success(.peers(let peers)):
        results.table { table in
          for peer in peers.prefix(Limits.Lua.eventList) { table.item { $0.peer(peer) } }
        }
      }
    }
  }

  /// Says a text to one peer alone, within the bounds for everything that a bot says.
  func sendDirect(_ text: String, to id: String, for function: String, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireWait(function)
    let refusal: BotRequestFailure? =
      text.isEmpty ? .empty : text.utf8.count > Limits.Chat.publish ? .tooLong : isStopped ? .stopping : nil
    if let refusal {
      call.results.failure(refusal.rawValue)
      return .values
    }
    var text = text
    // What is said to a peer is an answer to it, whatever made the bot say it.
    switch loops.judge(text, peer: id, room: "", now: now) {
    case .say: break
    case .dots: text = "..."
    case .silence:
      statistics.loops &+= 1
      call.results.failure("loop")
      return .values
    }
    guard directTexts.take(now: now) else {
      call.results.failure("rate_limited")
      return .values
    }
    statistics.sent &+= 1
    loops.noteSaid(text, room: "", now: now)
    return perform(.send(text: text, id: id), timeout: Double(Limits.Direct.seconds), call)
  }
}
