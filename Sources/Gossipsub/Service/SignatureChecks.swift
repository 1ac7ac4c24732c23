import DequeModule
import Identity
import NIOCore
import NIOPosix

/// Checks signatures: on the event loop while there is little to do, on background threads when it gets much.
///
/// A check costs some 70 µs. Alone, that is less than a trip to a thread and back costs in latency; a thousand of them
/// would stop the loop. Results come back in the order of the requests. While deliveries are held, none do.
///
/// Confined to the event loop, which is what `@unchecked Sendable` stands for; only `check` runs elsewhere.
final class SignatureChecks: @unchecked Sendable {
  struct Request: Sendable {
    let message: Message
    let peer: PeerID
  }

  private enum Batch {
    case running(id: UInt64)
    case done([(Request, ValidationResult)])
  }

  private let validator: MessageValidator
  private let eventLoop: any EventLoop
  private let batchSize: Int
  private let threads: Int
  private var waiting: Deque<Request> = []
  /// In the order of the requests; results of a later batch wait for the earlier ones.
  private var batches: Deque<Batch> = []
  private var running = 0
  private var nextBatch: UInt64 = 0
  private var isDelivering = false

  /// Gets each result.
  var onResult: ((Request, ValidationResult) -> Void)?
  /// While true, results are kept.
  var isHeld = false {
    didSet { if !isHeld { deliver() } }
  }

  init(validator: MessageValidator, eventLoop: any EventLoop, batchSize: Int, threads: Int) {
    self.validator = validator
    self.eventLoop = eventLoop
    self.batchSize = max(batchSize, 1)
    self.threads = max(threads, 1)
  }

  /// Takes a request; it is looked at in `run`.
  func append(_ request: Request) { waiting.append(request) }

  /// Checks what has gathered in this tick.
  func run() {
    if waiting.count == 1, batches.isEmpty, !isHeld, let request = waiting.popFirst() {
      onResult?(request, Self.check(request, validator))
      return
    }
    while running < threads, !waiting.isEmpty { startBatch() }
  }

  private func startBatch() {
    let batch = Array(waiting.prefix(batchSize))
    waiting.removeFirst(batch.count)
    let id = nextBatch
    nextBatch &+= 1
    batches.append(.running(id: id))
    running += 1
    // The process-wide pool: its threads exist only when something was ever handed to it, and need no shutting down.
    NIOThreadPool.singleton.submit { [validator, eventLoop, weak self] state in
      let results = batch.map { request in
        (request, state == .active ? Self.check(request, validator) : ValidationResult.ignore)
      }
      eventLoop.execute { [weak self] in self?.finished(id, results) }
    }
  }

  private func finished(_ id: UInt64, _ results: [(Request, ValidationResult)]) {
    running -= 1
    if let place = batches.firstIndex(where: { if case .running(id) = $0 { true } else { false } }) {
      batches[place] = .done(results)
    }
    run()
    deliver()
  }

  private func deliver() {
    // An observer may hold or release deliveries inside a delivery.
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while !isHeld, case .done(let results)? = batches.first {
      batches.removeFirst()
      for (position, (request, result)) in results.enumerated() {
        if isHeld {
          batches.prepend(.done(Array(results[position...])))
          break
        }
        onResult?(request, result)
      }
    }
    if !isHeld { run() }
  }

  private static func check(_ request: Request, _ validator: MessageValidator) -> ValidationResult {
    do throws(RejectionReason) {
      try validator.verify(request.message)
      return .accept
    } catch {
      return .reject(error)
    }
  }
}
