import CCurlShim
import Limits
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An HTTP client on libcurl: it connects only where its policy lets it, and takes no more than it is told to.
///
/// ```swift
/// let client = WebClient(policy: NetPolicy(), userAgent: "uc-bot/0.1.0")
/// client.send(WebRequest(url: url), id: 1) { result in … }   // called on the client's thread
/// ```
///
/// The library is loaded and the one thread started with the first request, so that who fetches nothing pays nothing.
public final class WebClient: Sendable {
  /// What becomes of a request.
  public typealias Completion = @Sendable (Result<WebResponse, WebFailure>) -> Void

  private let policy: NetPolicy
  private let userAgent: String
  private let state = Mutex(State())

  private struct State {
    var loop: OpaquePointer?
    var commands: [WebLoop.Command] = []
    /// Requests that are not over.
    var pending: Set<UInt64> = []
    var isShut = false
  }

  /// A client that does nothing yet.
  public init(policy: NetPolicy, userAgent: String) {
    self.policy = policy
    self.userAgent = userAgent
  }

  /// Why no request can be made, in words; nil when they can. Loads the library.
  public static var problem: String? { uc_curl_load().map { String(cString: $0) } }

  /// Sends a request, and calls `completion` once, also before it returns. The number must be of no other request.
  public func send(_ request: WebRequest, id: UInt64, completion: @escaping Completion) {
    let refusal = state.withLock { state -> WebFailure? in
      if state.isShut { return .stopping }
      guard state.pending.count < Limits.HTTP.allRequests else { return .busy }
      guard start(&state) else { return .unavailable }
      state.pending.insert(id)
      state.commands.append(.begin(id: id, request, completion))
      uc_web_wake(state.loop)
      return nil
    }
    if let refusal { completion(.failure(refusal)) }
  }

  /// Gives a request up; its completion is not called any more, unless it is being called now.
  public func cancel(_ id: UInt64) {
    state.withLock { state in
      guard state.pending.contains(id), let loop = state.loop else { return }
      state.commands.append(.cancel(id: id))
      uc_web_wake(loop)
    }
  }

  /// Ends everything: what is under way fails with `.stopping`, and so does what comes later.
  public func shutdown() {
    state.withLock { state in
      state.isShut = true
      if let loop = state.loop { uc_web_wake(loop) }
    }
  }

  private func start(_ state: inout State) -> Bool {
    if state.loop != nil { return true }
    guard uc_curl_load() == nil else { return false }
    // The loop holds its Swift half, and lets go of it with its last turn.
    let half = WebLoop(policy: policy, userAgent: userAgent) { [weak self] in self?.take() ?? WebLoop.Turn(isLast: true)
    }
    half.ended = { [weak self] id in self?.state.withLock { _ = $0.pending.remove(id) } }
    let context = Unmanaged.passRetained(half)
    var callbacks = WebLoop.callbacks
    state.loop = uc_web_start_loop(&callbacks, context.toOpaque())
    if state.loop == nil { context.release() }
    return state.loop != nil
  }

  /// What the loop is to do, and whether that is the last of it.
  private func take() -> WebLoop.Turn {
    state.withLock { state in
      if state.isShut { state.loop = nil }
      defer { state.commands = [] }
      return WebLoop.Turn(commands: state.commands, isLast: state.isShut)
    }
  }

  deinit {
    // Nobody can send any more; the loop finds nobody to ask, and ends.
    state.withLock { if let loop = $0.loop { uc_web_wake(loop) } }
  }
}

/// The Swift half of the loop. Everything in it belongs to the loop's thread.
final class WebLoop {
  enum Command: Sendable {
    case begin(id: UInt64, WebRequest, WebClient.Completion)
    case cancel(id: UInt64)
  }

  struct Turn {
    var commands: [Command] = []
    /// Whether what is under way is to be given up, and the loop to end.
    var isLast: Bool
  }

  /// One request, over all its redirects.
  private final class Transfer {
    let id: UInt64
    var exchange: WebExchange
    let deadline: Int64
    let completion: WebClient.Completion
    unowned let loop: WebLoop
    var handle: OpaquePointer?

    init(id: UInt64, exchange: WebExchange, deadline: Int64, completion: @escaping WebClient.Completion, loop: WebLoop)
    {
      self.id = id
      self.exchange = exchange
      self.deadline = deadline
      self.completion = completion
      self.loop = loop
    }
  }

  private let policy: NetPolicy
  private let userAgent: String
  private let take: () -> Turn
  var ended: (UInt64) -> Void = { _ in }
  private var transfers: [UInt64: Transfer] = [:]
  private var handle: OpaquePointer?

  init(policy: NetPolicy, userAgent: String, take: @escaping () -> Turn) {
    self.policy = policy
    self.userAgent = userAgent
    self.take = take
  }

  /// Does what there is to do; false when it is the end.
  private func turn(_ loop: OpaquePointer) -> Bool {
    handle = loop
    let turn = take()
    guard !turn.isLast else {
      for case .begin(let id, _, let completion) in turn.commands {
        ended(id)
        completion(.failure(.stopping))
      }
      for transfer in transfers.values {
        if let handle = transfer.handle { uc_web_cancel(loop, handle) }
        transfer.handle = nil
        end(transfer, .failure(.stopping))
      }
      return false
    }
    for command in turn.commands {
      switch command {
      case .begin(let id, let request, let completion):
        let deadline = Self.now &+ Int64(min(max(request.timeoutSeconds, 0), Limits.HTTP.mostSeconds) * 1e9)
        let transfer = Transfer(
          id: id, exchange: WebExchange(request, policy: policy), deadline: deadline, completion: completion, loop: self
        )
        transfers[id] = transfer
        go(transfer, transfer.exchange.begin())
      case .cancel(let id):
        guard let transfer = transfers.removeValue(forKey: id) else { continue }
        if let handle = transfer.handle { uc_web_cancel(loop, handle) }
        ended(id)
      }
    }
    return true
  }

  private func go(_ transfer: Transfer, _ step: WebExchange.Step) {
    switch step {
    case .end(let result): end(transfer, result)
    case .send:
      let left = (transfer.deadline &- Self.now) / 1_000_000
      guard left > 0 else { return end(transfer, .failure(.timeout)) }
      guard begin(transfer, milliseconds: left) else {
        return end(transfer, .failure(.failed("the request could not be begun")))
      }
    }
  }

  private func end(_ transfer: Transfer, _ result: Result<WebResponse, WebFailure>) {
    guard transfers.removeValue(forKey: transfer.id) != nil else { return }
    ended(transfer.id)
    transfer.completion(result)
  }

  private func begin(_ transfer: Transfer, milliseconds: Int64) -> Bool {
    guard let loop = handle else { return false }
    let request = transfer.exchange.request
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    if !request.headers.contains(where: { $0.isNamed("user-agent") }) { lines.append("User-Agent: \(userAgent)") }
    // The library would put in a type of its own, and wait for a 100 that most servers never send.
    if !request.headers.contains(where: { $0.isNamed("content-type") }) { lines.append("Content-Type:") }
    lines.append("Expect:")
    let strings = ([request.method, "\(request.url)"] + lines).map { strdup($0) }
    defer { for string in strings { free(string) } }
    guard strings.allSatisfy({ $0 != nil }) else { return false }
    let headers = strings.dropFirst(2).map { UnsafePointer($0) }
    // A method that sends something says that it sends nothing, too.
    let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil)
    transfer.handle = headers.withUnsafeBufferPointer { headers in
      (body ?? []).withUnsafeBufferPointer { bytes in
        var nothing: UInt8 = 0
        return withUnsafePointer(to: &nothing) { empty in
          var wanted = uc_web_request(
            method: strings[0], url: strings[1], headers: headers.baseAddress, header_count: headers.count,
            body: body == nil ? nil : bytes.baseAddress ?? empty, body_length: bytes.count, timeout_ms: milliseconds)
          return uc_web_begin(loop, &wanted, Unmanaged.passUnretained(transfer).toOpaque())
        }
      }
    }
    return transfer.handle != nil
  }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  // MARK: What the C half asks and tells

  static let callbacks = uc_web_callbacks(
    turn: { loop, context in
      guard let loop, let context else { return false }
      let half = Unmanaged<WebLoop>.fromOpaque(context)
      if half.takeUnretainedValue().turn(loop) { return true }
      half.release()
      return false
    },
    may_connect: { context, bytes, length in
      guard let transfer = transfer(context) else { return false }
      let address = IPAddress(Array(UnsafeBufferPointer(start: bytes, count: length)))
      return transfer.loop.policy.mayConnect(address, for: transfer.exchange.request.url)
    },
    head: { context, bytes, length in
      transfer(context)?.exchange.receive(head: UnsafeRawBufferPointer(start: bytes, count: length)) ?? false
    },
    body: { context, bytes, length in
      transfer(context)?.exchange.receive(body: UnsafeRawBufferPointer(start: bytes, count: length)) ?? false
    },
    done: { context, result, status, text in
      guard let transfer = transfer(context) else { return }
      transfer.handle = nil
      transfer.loop.go(transfer, transfer.exchange.end(outcome(result, Int(status), text)))
    })

  private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    // The table holds it until its handle is gone.
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func outcome(
    _ result: Int32, _ status: Int, _ text: UnsafePointer<CChar>?
  ) -> Result<Int, WebFailure> {
    switch result {
    case UC_WEB_OK: .success(status)
    case UC_WEB_FORBIDDEN: .failure(.forbidden)
    case UC_WEB_DNS: .failure(.dns)
    case UC_WEB_CONNECT: .failure(.connect)
    case UC_WEB_TLS: .failure(.tls)
    case UC_WEB_TIMEOUT: .failure(.timeout)
    default: .failure(.failed(text.map { String(cString: $0) } ?? "unknown error"))
    }
  }
}
