import BotKit
import LuaVM

/// What a peer of a test does.
enum TestPeerFunctions {
  static let members: [TestAPI.Member] = [
    .init("TestPeer.id", .field, "peer.id -> string", "The peer's id.", type: "string", .slot(0)),
    .init(
      "TestPeer.short", .field, "peer.short -> string", "The last eight characters of its id: `000alice`.",
      type: "string", .slot(1)),
    .init("TestPeer.name", .field, "peer.name -> string", "What the test calls it.", type: "string", .slot(2)),
    method("say", "peer:say(text, [room])", "Says something in the room.", "fun(text: string, room?: string)") {
      world, peer, call throws(Misuse) in
      guard let bytes = call.bytes(2).map(Array.init) else {
        throw Misuse("peer:say: argument 1 (text) must be a string, got \(call.type(2).name)")
      }
      world.say(bytes, by: peer, room: call.string(3))
    },
    method("dm", "peer:dm(text)", "Says something to the bot alone.", "fun(text: string)") {
      world, peer, call throws(Misuse) in
      guard let bytes = call.bytes(2).map(Array.init) else {
        throw Misuse("peer:dm: argument 1 (text) must be a string, got \(call.type(2).name)")
      }
      world.say(bytes, by: peer, room: nil, isDirect: true)
    },
    method("join", "peer:join()", "Connects, and subscribes to the room: `peer_subscribe`.", "fun()") {
      world, peer, _ throws(Misuse) in world.join(peer)
    },
    method("leave", "peer:leave()", "Leaves the room and stays connected: `peer_unsubscribe`.", "fun()") {
      world, peer, _ throws(Misuse) in world.leave(peer)
    },
    method(
      "pinged", "peer:pinged(seconds)", "The peer's own ping has measured this round trip.", "fun(seconds: number)"
    ) { world, peer, call throws(Misuse) in world.ping(peer, seconds: try call.requireSeconds(2, of: "peer:pinged")) },
    method("connect", "peer:connect()", "Connects to the bot, and introduces itself if it has an agent.", "fun()") {
      world, peer, _ throws(Misuse) in world.connect(peer)
    },
    method("disconnect", "peer:disconnect([reason])", "Leaves the room, and is gone.", "fun(reason?: string)") {
      world, peer, call throws(Misuse) in world.disconnect(peer, reason: call.string(2))
    },
  ]

  /// A method that returns nothing.
  static func method(
    _ name: String, _ signature: String, _ summary: String, _ type: String, details: String = "",
    _ body: @escaping @Sendable (TestWorld, FakePeer, LuaCall) throws(Misuse) -> Void
  ) -> TestAPI.Member {
    TestAPI.Member(
      "TestPeer:\(name)", .method, signature, summary, type: type, details: details,
      .function { file, call throws(Misuse) in
        try call.requireSelf(.peer, of: "peer:\(name)")
        let world = try file.currentWorld(for: "peer:\(name)")
        guard call.slotString(1, slot: 0) != world.room.localPeerID else {
          throw Misuse("peer:\(name): this is the bot itself, which does as it likes")
        }
        let peer = try call.requirePeer(1, world, of: "peer:\(name)")
        let failed = world.failures.count
        try body(world, peer, call)
        if world.failures.count > failed, let failure = world.failures.last { return .raise(failure.message) }
        return .values
      })
  }
}
