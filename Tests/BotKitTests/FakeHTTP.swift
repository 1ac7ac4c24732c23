import BotKit
import Synchronization

/// A web that answers as told, and keeps what it was asked.
final class FakeHTTP: BotHTTPClient {
  struct State {
    /// nil: it never answers.
    var answer: Result<BotHTTPResponse, BotHTTPFailure>?
    var requests: [BotHTTPRequest] = []
    var cancelled: [UInt64] = []
  }

  let state: Mutex<State>

  init(_ answer: Result<BotHTTPResponse, BotHTTPFailure>?) { state = Mutex(State(answer: answer)) }

  var requests: [BotHTTPRequest] { state.withLock(\.requests) }
  var cancelled: [UInt64] { state.withLock(\.cancelled) }

  func send(
    _ request: BotHTTPRequest, completion: @escaping @Sendable (Result<BotHTTPResponse, BotHTTPFailure>) -> Void
  ) {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answer
    }
    if let answer { completion(answer) }
  }

  func cancel(_ id: UInt64) { state.withLock { $0.cancelled.append(id) } }
}
