import ArgumentParser
import Identity
import Logging
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import UniversalConnectivity

/// Signed chat messages as fast as the peer's script takes them, and whether each one arrived.
///
/// The script at the other end (`bench/flood.lua`) counts what its handler gets and says so from time to time, which
/// opens the window for more: what is measured is the whole way into the Lua handler, not a send queue.
struct Flood: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Floods a peer that runs bench/flood.lua.")

  @Option(help: "Multiaddr of the peer.") var connect: String
  @Option(help: "Messages to send.") var count = 50_000
  @Option(help: "Bytes of each message.") var size = 1_024
  @Option(help: "Messages that may be on their way.") var window = 3_072

  func run() async throws {
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var configuration = ChatNodeConfiguration(identity: .generate())
    configuration.connect = [try Multiaddr(connect)]
    let node = try ChatNode(configuration: configuration, eventLoopGroup: loops, logger: Logger(label: "uc-bench"))
    let done = node.eventLoop.makePromise(of: FloodResult.self)
    let flood = NIOLoopBoundBox.makeBoxSendingValue(
      FloodState(total: count, size: size, window: window), eventLoop: node.eventLoop)
    node.onEvent { event in
      switch event {
      case .ready: node.eventLoop.execute { step(node, flood, done) }
      case .message(let message) where message.text.hasPrefix("got "):
        flood.value.acknowledged(message.text)
        step(node, flood, done)
      case .dialFailed(_, let reason, _): done.fail(ValidationError(reason))
      default: break
      }
    }
    try await node.start()
    let result = try await done.futureResult.get()
    let seconds = Double(result.nanoseconds) / 1e9
    print(
      "{\"sent\": \(result.sent), \"received\": \(result.received), \"lost\": \(result.sent - result.received),"
        + " \"seconds\": \(seconds), \"per_second\": \(Double(result.received) / seconds), \"size\": \(size)}")
    await node.shutdown()
  }
}

struct FloodResult: Sendable {
  let sent: Int
  let received: Int
  let nanoseconds: Int64
}

/// How much has gone out and come in.
struct FloodState {
  let total: Int
  let size: Int
  let window: Int
  var sent = 0
  var received = 0
  var highest = 0
  var started: NIODeadline?
  var askedForEnd = false

  init(total: Int, size: Int, window: Int) {
    self.total = total
    self.size = size
    self.window = window
  }

  /// `got <count> <highest number seen>`
  mutating func acknowledged(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count >= 3, let count = Int(words[1]), let number = Int(words[2]) else { return }
    received = count
    highest = max(highest, number)
  }

  mutating func nextMessage() -> ByteBuffer? {
    // The window counts from the highest number that arrived: a lost message must not stop the flood.
    guard sent < total, sent - highest < window else { return nil }
    if started == nil { started = .now() }
    sent += 1
    var message = ByteBuffer(string: "flood \(sent) ")
    message.writeRepeatingByte(UInt8(ascii: "x"), count: max(0, size - message.readableBytes))
    return message
  }
}

private func step(_ node: ChatNode, _ flood: NIOLoopBoundBox<FloodState>, _ done: EventLoopPromise<FloodResult>) {
  var burst = 0
  while burst < 64, let message = flood.value.nextMessage() {
    burst += 1
    node.publish(message).whenFailure { done.fail($0) }
  }
  let state = flood.value
  if burst == 64 {
    node.eventLoop.execute { step(node, flood, done) }
  } else if state.sent == state.total, state.highest == state.total, let started = state.started {
    done.succeed(
      FloodResult(sent: state.sent, received: state.received, nanoseconds: (NIODeadline.now() - started).nanoseconds))
  }
}
