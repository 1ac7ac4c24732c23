import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Files")
struct FileTransferTests {
  private static let name = "/universal-connectivity-file/1"
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func contents(_ count: Int) -> [UInt8] {
    var generator = SplitMix64(seed: UInt64(count))
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  // MARK: two nodes

  @Test("come whole, whatever their size", arguments: [1, 127, 128, 65_536, 262_144, 262_145, 3_000_000])
  func sizes(_ size: Int) async throws {
    let (alice, bob) = try await connectedPair()
    let bytes = contents(size)
    let file = try await alice.node.offerFile(at: folder.write(bytes, as: "source"))
    #expect(file.size == UInt64(size))
    let steps = EventRecorder<FileProgress>()
    let fetched = try await withDeadline { [folder] in
      try await bob.node.fetchFile(file.id, from: alice.id, to: "\(folder.path)/copy") { steps.record($0) }
    }
    #expect(fetched == FetchedFile(path: "\(folder.path)/copy", bytes: UInt64(size)))
    #expect(folder.read("copy") == bytes && folder.names == ["copy", "source"])
    #expect(steps.events.last == FileProgress(received: UInt64(size), total: UInt64(size)))
    #expect(steps.events.map(\.received) == steps.events.map(\.received).sorted())
    await bob.node.shutdown()
    await alice.node.shutdown()
  }

  @Test("are served from the first offer on, and peers are told so")
  func identify() async throws {
    let (alice, bob) = try await connectedPair()
    let id = alice.id
    #expect(await failure { try await self.fetch("x", by: bob, from: id) } == .unsupported)
    _ = try await alice.node.offerFile(at: folder.write([1], as: "source"))
    _ = try await bob.heard.first { event -> Bool? in
      if case .identified(id, let info) = event, info.protocols.contains(Self.name) { true } else { nil }
    }
    await bob.node.shutdown()
    await alice.node.shutdown()
  }

  @Test("that are not there, or not to be had, say so, and leave nothing behind")
  func refusals() async throws {
    let (alice, bob) = try await connectedPair()
    let id = alice.id
    let file = try await alice.node.offerFile(at: folder.write(contents(5_000), as: "source"))
    // Unknown ids, among them those that would be paths.
    for unknown in ["nothing", "../source", "\(folder.path)/source", "source"] {
      #expect(await failure { try await self.fetch(unknown, by: bob, from: id) } == .notFound)
    }
    for bad in ["", "\u{1b}", String(repeating: "x", count: Limits.Files.id + 1)] {
      #expect(await failure { try await self.fetch(bad, by: bob, from: id) } == .invalidID)
    }
    #expect(
      await failure { try await self.fetch(file.id, by: bob, from: id, limit: 4_999) }
        == .tooLarge(bytes: 5_000, limit: 4_999))
    #expect(await failure { try await self.fetch(file.id, by: bob, from: KeyPair.generate().peerID) } == .notConnected)
    let nowhere = await failure {
      _ = try await bob.node.fetchFile(file.id, from: id, to: "\(self.folder.path)/no/copy")
    }
    guard case .disk = nowhere else {
      Issue.record("a folder that is not there: \(String(describing: nowhere))")
      return
    }
    #expect(folder.names == ["source"])
    // Nothing is overwritten.
    try folder.write([9], as: "copy")
    #expect(await failure { try await self.fetch(file.id, by: bob, from: id) } == .exists("\(folder.path)/copy"))
    #expect(folder.read("copy") == [9] && folder.names == ["copy", "source"])
    // An offer that was taken back, and one whose file has gone since.
    let gone = try await alice.node.offerFile(at: folder.write([1, 2], as: "gone"))
    try folder.write([], as: "gone")
    #expect(await failure { try await self.fetch(gone.id, by: bob, from: id) } == .notFound)
    await alice.node.withdrawFile(file.id)
    #expect(await failure { try await self.fetch(file.id, by: bob, from: id) } == .notFound)
    await bob.node.shutdown()
    await alice.node.shutdown()
    #expect(await failure { try await self.fetch(file.id, by: bob, from: id) } == .stopping)
  }

  @Test("are offered when they are files, have something in them, and are not too many")
  func offers() async throws {
    let node = try TestNode()
    #expect(await failure { _ = try await node.node.offerFile(at: folder.path) } == .notAFile(folder.path))
    #expect(await failure { _ = try await node.node.offerFile(at: folder.write([], as: "empty")) } == .empty)
    guard case .disk = await failure({ _ = try await node.node.offerFile(at: folder.path + "/nothing") }) else {
      Issue.record("offers what is not there")
      return
    }
    let path = try folder.write([1], as: "source")
    for _ in 0..<Limits.Files.offered { _ = try await node.node.offerFile(at: path) }
    #expect(await failure { _ = try await node.node.offerFile(at: path) } == .tooMany(Limits.Files.offered))
    await node.node.shutdown()
  }

  // MARK: announcements

  @Test("are announced to those who follow, by who may announce and has them")
  func announcements() async throws {
    let (alice, bob) = try await connectedPair(
      first: { $0.files.announces = true }, second: { $0.files.follows = true })
    let id = bob.id
    _ = try await alice.heard.first { event -> Bool? in
      if case .subscribed(id, "universal-connectivity-file") = event { true } else { nil }
    }
    let file = try await alice.node.offerFile(at: folder.write([1], as: "source"))
    _ = try await withDeadline { try await alice.node.announceFile(file.id) }
    let announced = try await bob.heard.first { if case .fileAnnounced(let file) = $0 { file } else { nil } }
    #expect(announced.id == file.id && announced.from == alice.id)
    #expect(await failure { _ = try await alice.node.announceFile("x") } == .notFound)
    let other = try await bob.node.offerFile(at: "\(folder.path)/source")
    #expect(await failure { _ = try await bob.node.announceFile(other.id) } == .notAnnouncing)
    // What is said there is not heard in the room.
    #expect(!bob.heard.events.contains { $0.messageText != nil })
    await bob.node.shutdown()
    await alice.node.shutdown()
  }

  // MARK: peers that serve badly

  @Test(
    "of a peer that serves badly are refused with the reason, and nothing is left",
    arguments: [
      BadServer("the end", { $0.close(mode: .output, promise: nil) }, .notFound),
      BadServer("a length of zero", { $0.say([0]) }, .empty),
      BadServer("too short", { $0.say([5, 1, 2], thenEnd: true) }, .shorter(received: 2, announced: 5)),
      BadServer("too long", { $0.say([2, 1, 2, 3], thenEnd: true) }, .longer(announced: 2)),
      BadServer(
        "too long, later",
        {
          $0.say([2, 1, 2]); $0.say([3], thenEnd: true)
        }, .longer(announced: 2)),
      BadServer(
        "2^63 - 1 bytes", { $0.say([UInt8](repeating: 0xFF, count: 8) + [0x7F]) },
        .tooLarge(bytes: UInt64(Int64.max), limit: Limits.Files.bytes)),
      BadServer(
        "a reset", { $0.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil) },
        .lost("the peer reset the stream")),
      BadServer("silence", { _ in }, .timeout),
      BadServer("a stall", { $0.say([5, 1]) }, .timeout),
    ])
  func badServers(_ bad: BadServer) async throws {
    let (node, peer) = try await nodeAndPeer(
      configure: {
        guard bad.expected == .timeout else { return }
        $0.files.answerTimeout = .milliseconds(50)
        $0.files.stallTimeout = .milliseconds(50)
      }, prepare: { $0.serve(Self.name, bad.act) })
    #expect(await failure { try await self.fetch("x", by: node, from: peer.id) } == bad.expected)
    #expect(folder.names == [])
    await shutdown(node, peer)
  }

  @Test(
    "of a peer that resets the stream behind the last byte, or leaves it open, are whole", arguments: [true, false])
  func unorderly(_ resets: Bool) async throws {
    let (node, peer) = try await nodeAndPeer(
      configure: { $0.files.linger = .milliseconds(20) },
      prepare: {
        $0.serve(Self.name) { channel in
          channel.writeAndFlush(ByteBuffer(bytes: [3, 1, 2, 3])).whenComplete { _ in
            guard resets else { return }
            channel.eventLoop.scheduleTask(in: .milliseconds(5)) {
              channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
            }
          }
        }
      })
    try await fetch("x", by: node, from: peer.id)
    #expect(folder.read("copy") == [1, 2, 3] && folder.names == ["copy"])
    await shutdown(node, peer)
  }

  @Test("of a peer that goes away half-way are not kept")
  func goesAway() async throws {
    let (node, peer) = try await nodeAndPeer(prepare: {
      $0.serve(Self.name) { $0.say([0x80, 0x80, 0x80, 0x01] + [UInt8](repeating: 1, count: 50_000)) }
    })
    let (began, id) = (EventRecorder<FileProgress>(), peer.id)
    async let error = failure { [folder] in
      _ = try await node.node.fetchFile("x", from: id, to: "\(folder.path)/copy") { began.record($0) }
    }
    _ = try await began.first { $0 }
    #expect(folder.names.count == 1 && folder.names.first?.hasSuffix(".part") == true)
    await peer.swarm.shutdown()
    guard case .lost = await error else {
      Issue.record("the fetch did not end as lost")
      return
    }
    #expect(folder.names == [])
    await node.node.shutdown()
  }

  @Test("that are not wanted any more are not kept either")
  func cancelled() async throws {
    let (node, peer) = try await nodeAndPeer(prepare: {
      $0.serve(Self.name) { $0.say([0x80, 0x80, 0x80, 0x01] + [UInt8](repeating: 1, count: 50_000)) }
    })
    let began = EventRecorder<FileProgress>()
    let id = peer.id
    let fetch = Task { [folder] in
      try await node.node.fetchFile("x", from: id, to: "\(folder.path)/copy") { began.record($0) }
    }
    _ = try await began.first { $0 }
    fetch.cancel()
    #expect(await failure { _ = try await fetch.value } == .cancelled)
    #expect(folder.names == [])
    await shutdown(node, peer)
  }

  @Test("are fetched so many at a time and no more")
  func downloads() async throws {
    let asked = EventRecorder<Int>()
    let (node, peer) = try await nodeAndPeer(prepare: { $0.serve(Self.name) { _ in asked.record(1) } })
    let (paths, id) = (folder.path, peer.id)
    let fetches = (0..<Limits.Files.downloads).map { number in
      Task { _ = try await node.node.fetchFile("x", from: id, to: "\(paths)/\(number)") }
    }
    _ = try await asked.first { _ in asked.events.count == Limits.Files.downloads ? true : nil }
    #expect(await failure { try await self.fetch("x", by: node, from: id) } == .tooMany(Limits.Files.downloads))
    await shutdown(node, peer)
    for fetch in fetches { #expect(await failure { try await fetch.value } != nil) }
  }

  // MARK: peers that ask badly

  @Test("are asked for with an id's length, not with the end of the stream, and what is sent is a length and the file")
  func request() async throws {
    let (node, peer) = try await nodeAndPeer()
    let file = try await node.node.offerFile(at: folder.write([7, 8, 9], as: "source"))
    let (bytes, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say([36] + Array(file.id.utf8)) }
    #expect(bytes == [3, 7, 8, 9] && !wasReset)
    await shutdown(node, peer)
  }

  @Test(
    "that are asked for badly cost a stream, and are reported once",
    arguments: [
      ("silence", [], false), ("half", [36, 0x61], true), ("no text", [2, 0x61, 0xFF], true),
      ("control characters", [2, 0x61, 0x1B], true), ("too long", [0x81, 0x08], false), ("no id", [0], true),
    ] as [(String, [UInt8], Bool)])
  func badRequests(_ name: String, _ bytes: [UInt8], _ ends: Bool) async throws {
    let (node, peer) = try await nodeAndPeer(configure: { $0.files.answerTimeout = .milliseconds(50) })
    let file = try await node.node.offerFile(at: folder.write([7], as: "source"))
    for _ in 0..<2 {
      let (answer, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say(bytes, thenEnd: ends) }
      #expect(answer == [] && wasReset)
    }
    #expect(try await node.malformed().kind == .fileRequest)
    #expect(node.heard.events.count { if case .malformed = $0 { true } else { false } } == 1)
    // A good request is answered, though on a busy machine not each time in 50 ms.
    let answer = try await withDeadline {
      while true {
        let request = [36] + Array(file.id.utf8)
        let (answer, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say(request) }
        if !wasReset { return answer }
      }
    }
    #expect(answer == [1, 7])
    await shutdown(node, peer)
  }

  @Test("are not read into memory for a peer that takes nothing, and such a peer is given up")
  func stalledPeer() async throws {
    let (node, peer) = try await nodeAndPeer(configure: { $0.files.stallTimeout = .milliseconds(100) })
    let file = try await node.node.offerFile(at: folder.write(contents(3_000_000), as: "source"))
    let ended = peer.swarm.eventLoop.makePromise(of: Void.self)
    _ = try await peer.swarm.openStream(to: node.id, protocols: [Self.name]) { channel, _ in
      try channel.syncOptions?.setOption(.autoRead, value: false)
      channel.closeFuture.cascade(to: ended)
      channel.say([36] + Array(file.id.utf8))
    }.get()
    try await withDeadline { try await ended.futureResult.get() }
    await shutdown(node, peer)
  }

  @Test("go to one peer on so many streams at one time and no more")
  func streams() async throws {
    let (node, peer) = try await nodeAndPeer()
    let file = try await node.node.offerFile(at: folder.write([7], as: "source"))
    for _ in 0..<Limits.Files.streams {
      _ = try await peer.swarm.openStream(to: node.id, protocols: [Self.name]) { channel, _ in channel.say([36]) }.get()
    }
    let (answer, wasReset) = try await peer.exchange(with: node.id, Self.name) {
      $0.say([36] + Array(file.id.utf8))
    }
    #expect(answer == [] && wasReset)
    await shutdown(node, peer)
  }

  // MARK: parts

  private func fetch(
    _ id: String, by node: TestNode, from peer: PeerID, limit: UInt64 = Limits.Files.bytes
  ) async throws {
    _ = try await node.node.fetchFile(id, from: peer, to: "\(folder.path)/copy", limit: limit)
  }

  private func failure(_ body: () async throws -> Void) async -> FileTransferError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? FileTransferError
    }
  }
}

/// What a peer does when it is asked for a file, and what becomes of it.
struct BadServer: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let act: @Sendable (any Channel) -> Void
  let expected: FileTransferError

  init(_ name: String, _ act: @escaping @Sendable (any Channel) -> Void, _ expected: FileTransferError) {
    testDescription = name
    self.act = act
    self.expected = expected
  }
}
