import NIOCore
import Testing

@testable import Gossipsub

@Suite struct PeerQueueTests {
  private func frame(_ size: Int, _ byte: UInt8 = 0) -> ByteBuffer { ByteBuffer(repeating: byte, count: size) }

  @Test("control leaves before own messages, and these before others'; each in order")
  func priorities() {
    var queue = PeerQueue(limit: 100_000)
    for (byte, priority) in [
      (UInt8(5), SendPriority.forward), (3, .publish), (1, .control), (6, .forward), (2, .control),
    ] {
      #expect(queue.append(frame(1_000, byte), priority).isEmpty)
    }
    var order: [UInt8] = []
    while let (bytes, frames) = queue.next(upTo: 1_500) {
      #expect(frames == 1)
      order += bytes.readableBytesView.prefix(1)
    }
    #expect(order == [1, 2, 3, 5, 6])
    #expect(queue.isEmpty)
  }

  @Test("small frames are put together, large ones are left as they are")
  func batches() {
    var queue = PeerQueue(limit: 1_000_000)
    for _ in 0..<10 { _ = queue.append(frame(100), .forward) }
    _ = queue.append(frame(900), .forward)
    _ = queue.append(frame(5_000), .forward)
    var sizes: [[Int]] = []
    while let (bytes, frames) = queue.next(upTo: 1_000) { sizes.append([bytes.readableBytes, frames]) }
    #expect(sizes == [[1_000, 10], [900, 1], [5_000, 1]])
  }

  @Test("the queue is bounded in bytes: others' messages go first, the oldest of them first, control last")
  func bound() {
    var queue = PeerQueue(limit: 10_000)
    for number in 0..<10 { #expect(queue.append(frame(1_000, UInt8(number)), .forward).isEmpty) }
    #expect(queue.append(frame(1_000, 10), .forward) == [.forwardQueueFull])
    for _ in 0..<4 { #expect(queue.append(frame(1_000, 50), .publish) == [.forwardQueueFull]) }
    for _ in 0..<6 { #expect(queue.append(frame(1_000, 90), .control) == [.forwardQueueFull]) }
    // Own messages do not push out each other, nor control.
    #expect(queue.append(frame(1_000), .publish) == [.publishQueueFull])
    #expect(queue.append(frame(1_000), .forward) == [.forwardQueueFull])
    for _ in 0..<4 { #expect(queue.append(frame(1_000, 91), .control) == [.publishQueueFull]) }
    #expect(queue.append(frame(1_000), .control) == [.controlQueueFull])
    #expect(queue.bytes == 10_000)
    // One that is larger than everything.
    #expect(queue.append(frame(20_000), .publish) == [.publishQueueFull])
    #expect(queue.bytes == 10_000)
    queue.removeAll()
    #expect(queue.isEmpty)
    let rest = queue.next(upTo: 1_000)
    #expect(rest == nil)
  }
}
