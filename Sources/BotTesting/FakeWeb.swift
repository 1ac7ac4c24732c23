import BotKit
import Synchronization

/// The web of a test: it answers what it was told to answer, when the test's clock says so, and nothing else.
package final class FakeWeb: BotHTTPClient {
  /// How one request ends.
  struct Answer: Sendable {
    var result: Result<BotHTTPResponse, BotHTTPFailure>
    /// Seconds until then.
    var delay = 0.0
  }

  private struct Pending {
    var id: UInt64
    var due: Int64
    var result: Result<BotHTTPResponse, BotHTTPFailure>
    var completion: @Sendable (Result<BotHTTPResponse, BotHTTPFailure>) -> Void
  }

  private struct State {
    /// What is to be answered to `GET https://…`, in this order; the last one again and again.
    var answers: [String: [Answer]] = [:]
    var pending: [Pending] = []
    var requests: [BotHTTPRequest] = []
    var unexpected: [String] = []
  }

  private let state = Mutex(State())
  private let clock: any BotClock

  package init(clock: any BotClock) { self.clock = clock }

  /// From now on this request is answered so, behind the answers that it has already.
  func answer(_ request: String, with answer: Answer) {
    state.withLock { $0.answers[request, default: []].append(answer) }
  }

  package func send(
    _ request: BotHTTPRequest, completion: @escaping @Sendable (Result<BotHTTPResponse, BotHTTPFailure>) -> Void
  ) {
    let name = "\(request.method) \(request.url)"
    let now = clock.monotonicNanoseconds
    let isExpected = state.withLock { state -> Bool in
      state.requests.append(request)
      guard var answers = state.answers[name], let answer = answers.first else {
        state.unexpected.append(name)
        return false
      }
      if answers.count > 1 { answers.removeFirst() }
      state.answers[name] = answers
      state.pending.append(
        Pending(
          id: request.id, due: now &+ Int64(answer.delay * 1e9), result: answer.result, completion: completion))
      return true
    }
    if !isExpected { completion(.failure(.failed)) }
  }

  package func cancel(_ id: UInt64) { state.withLock { $0.pending.removeAll { $0.id == id } } }

  /// Requests so far; the list begins anew.
  func takeRequests() -> [BotHTTPRequest] {
    state.withLock { state in
      defer { state.requests = [] }
      return state.requests
    }
  }

  /// Requests that were not expected; the list begins anew.
  func takeUnexpected() -> [String] {
    state.withLock { state in
      defer { state.unexpected = [] }
      return state.unexpected
    }
  }

  /// The requests that are answered.
  var expected: [String] { state.withLock { $0.answers.keys.sorted() } }

  var nextDue: Int64? { state.withLock { $0.pending.map(\.due).min() } }

  /// Answers what is due.
  func settle() {
    let now = clock.monotonicNanoseconds
    let due = state.withLock { state in
      let due = state.pending.filter { $0.due <= now }
      state.pending.removeAll { $0.due <= now }
      return due
    }
    for answer in due.sorted(by: { $0.due < $1.due }) { answer.completion(answer.result) }
  }
}
