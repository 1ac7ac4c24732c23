import BotKit
import Synchronization

/// A folder that is not there: keeps what was asked, and answers as told.
final class FakeFiles: BotFiles {
  struct State {
    /// nil: a request is never answered.
    var answer: Result<BotFileAnswer, BotFileFailure>?
    var requests: [BotFileRequest] = []
    var cancelled: [UInt64] = []
  }

  let state: Mutex<State>

  init(_ answer: Result<BotFileAnswer, BotFileFailure>? = .success(.done)) { state = Mutex(State(answer: answer)) }

  var actions: [BotFileRequest.Action] { state.withLock { $0.requests.map(\.action) } }

  func perform(
    _ request: BotFileRequest, completion: @escaping @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void
  ) {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answer
    }
    if let answer { completion(answer) }
  }

  func cancel(_ id: UInt64) { state.withLock { $0.cancelled.append(id) } }
}
