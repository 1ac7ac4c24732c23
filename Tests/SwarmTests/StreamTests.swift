import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import Swarm

@Suite("Streams between two peers")
struct StreamTests {
  /// A dialler and an echo server, connected.
  private func pair() async throws -> (a: TestPeer, b: TestPeer) {
    let (a, b) = (try TestPeer(), try TestPeer())
    b.swarm.handle("/echo/1.0.0", maximumStreams: 200) { try? $0.channel.pipeline.syncOperations.addHandler(Echo()) }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    _ = try await a.swarm.dial(address)
    _ = try await a.identified()
    return (a, b)
  }

  /// Sends `bytes`, ends, and returns what came back.
  private func echo(_ a: TestPeer, _ b: TestPeer, _ bytes: ByteBuffer) async throws -> ByteBuffer {
    let collected = a.swarm.eventLoop.makePromise(of: ByteBuffer.self)
    let channel = try await a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/echo/1.0.0"]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(Collect(collected))
    }.get()
    channel.writeAndFlush(bytes, promise: nil)
    channel.close(mode: .output, promise: nil)
    return try await withDeadline { try await collected.futureResult.get() }
  }

  @Test("Bytes come back as they were, then the end", arguments: [0, 1, 65_519, 65_520, 300_000, 8_000_000])
  func echoes(size: Int) async throws {
    let (a, b) = try await pair()
    var bytes = ByteBuffer()
    var generator = SplitMix64(seed: 7)
    for _ in 0..<(size / 8) { bytes.writeInteger(generator.next()) }
    bytes.writeRepeatingByte(9, count: size % 8)
    #expect(try await echo(a, b, bytes) == bytes)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A hundred streams at once carry each their own bytes")
  func manyStreams() async throws {
    let (a, b) = try await pair()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<100 {
        group.addTask {
          let bytes = ByteBuffer(repeating: UInt8(index), count: 10_000 + index)
          return try await self.echo(a, b, bytes) == bytes
        }
      }
      for try await same in group { #expect(same) }
    }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A protocol that nobody serves is refused with its name")
  func unknownProtocol() async throws {
    let (a, b) = try await pair()
    do {
      _ = try await a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/nothing/1.0.0"]) { _, _ in }.get()
      Issue.record("the stream was opened")
    } catch SwarmError.protocolsNotSupported(let names) {
      #expect(names == ["/nothing/1.0.0"])
    }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A slow reader holds the writer back instead of filling memory, and gets everything in the end")
  func backPressure() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let slow = b.swarm.eventLoop.makePromise(of: (any Channel).self)
    let collected = b.swarm.eventLoop.makePromise(of: ByteBuffer.self)
    b.swarm.handle("/slow/1.0.0") { stream in
      stream.channel.setOption(.autoRead, value: false).whenFailure { slow.fail($0) }
      try? stream.channel.pipeline.syncOperations.addHandler(Collect(collected))
      slow.succeed(stream.channel)
    }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    _ = try await a.swarm.dial(address)
    let channel = try await a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/slow/1.0.0"]) { _, _ in }.get()
    let reader = try await slow.futureResult.get()
    let total = 40 * 1_024 * 1_024
    let written = channel.eventLoop.makePromise(of: Void.self)
    channel.writeAndFlush(ByteBuffer(repeating: 1, count: total), promise: written)
    // The other streams of the connection go on meanwhile.
    _ = try await a.swarm.ping(b.swarm.localPeer)
    #expect(!channel.isWritable)
    channel.close(mode: .output, promise: nil)
    try await reader.setOption(.autoRead, value: true).get()
    let received = try await withDeadline { try await collected.futureResult.get() }
    #expect(received.readableBytes == total)
    try await written.futureResult.get()
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A reset reaches the other side as an error")
  func reset() async throws {
    let (a, b) = try await pair()
    b.swarm.handle("/rude/1.0.0") { try? $0.channel.pipeline.syncOperations.addHandler(ResetOnRead()) }
    try await a.event {
      if case .identified(_, let info) = $0 { info.protocols.contains("/rude/1.0.0") } else { false }
    }
    let collected = a.swarm.eventLoop.makePromise(of: ByteBuffer.self)
    let opened = a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/rude/1.0.0"]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(Collect(collected))
    }
    opened.whenFailure { collected.fail($0) }
    try await opened.get().writeAndFlush(ByteBuffer(string: "hello"), promise: nil)
    await #expect(throws: (any Error).self) { try await withDeadline { try await collected.futureResult.get() } }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A third ping stream of one peer is reset, and pings go on")
  func streamLimit() async throws {
    let (a, b) = try await pair()
    var channels: [any Channel] = []
    for _ in 0..<2 {
      channels.append(
        try await a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/ipfs/ping/1.0.0"]) { _, _ in }.get())
    }
    let collected = a.swarm.eventLoop.makePromise(of: ByteBuffer.self)
    _ = try await a.swarm.openStream(to: b.swarm.localPeer, protocols: ["/ipfs/ping/1.0.0"]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(Collect(collected))
    }.get()
    await #expect(throws: (any Error).self) { try await withDeadline { try await collected.futureResult.get() } }
    #expect(await b.swarm.counters.streamsRefused == 1)
    for channel in channels { try await channel.close().get() }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("Many pings at once are answered, each with a round trip of its own")
  func pings() async throws {
    let (a, b) = try await pair()
    try await withThrowingTaskGroup(of: TimeAmount.self) { group in
      for _ in 0..<50 { group.addTask { try await a.swarm.ping(b.swarm.localPeer) } }
      for try await time in group { #expect(time > .nanoseconds(0) && time < .seconds(60)) }
    }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }
}
