import BotKit
import Limits
import LuaVM

/// The folder of `uc.file` in a test, and the files of its peers.
enum TestFolderFunctions {
  static let members: [TestAPI.Member] = [
    TestFunctions.method(
      "file", "t:file(name, [size])", "Puts a file into the folder of `uc.file`.",
      "fun(name: string, size?: integer)",
      details: """
        It has a name and a size, 1000 bytes unless told otherwise, and nothing in it: bots do not see what is in files. \
        The folder is there without more; `t:load(path, { files = false })` is a bot without `--files`.
        """
    ) { world, call throws(Misuse) in
      let name = try text(call, "t:file", "name")
      guard FakeFolder.isName(name) else {
        throw Misuse("t:file: argument 1 (name) must be the name of a file in a folder, got \(TestWorld.quoted(name))")
      }
      world.folder.put(name, size: try size(call, 3, "t:file", "argument 2 (size)"))
    },
    .init(
      "Test:folder", .method, "t:folder() -> table",
      "What is in the folder of `uc.file`: `{ size, id, announced }` of each file, by its name.",
      type: "fun(): table<string, { size: integer, id?: string, announced: boolean }>",
      details:
        "Of a file that is on offer, `id` is what others ask for it by, and `announced` whether the room was told.",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:folder")
        let contents = try file.currentWorld(for: "t:folder").folder.contents
        call.results.table { table in
          for (name, own) in contents.sorted(by: { $0.key < $1.key }).prefix(Limits.Testing.shown) {
            table.field(name) { entry in
              entry.table { fields in
                fields.field("size") { $0.integer(Int64(clamping: own.size)) }
                fields.field("announced") { $0.boolean(own.isAnnounced) }
                if let id = own.id { fields.field("id") { $0.string(id) } }
              }
            }
          }
        }
        return .values
      }),
    TestPeerFunctions.method(
      "file", "peer:file(id, [options])", "Has a file from now on that can be fetched, and announces it: `file`.",
      "fun(id: string, options?: { size?: integer, error?: string, delay?: number, announce?: boolean })",
      details: """
        Options: `size`, 1000 bytes unless told otherwise; `delay`, the seconds that fetching it takes; `error`, a code \
        of `uc.file` that this ends with; and `announce = false` for a file that the room is not told of. The peer must \
        be connected when it is fetched: `peer:join()`.
        """, give),
  ]

  @Sendable
  private static func give(_ world: TestWorld, _ peer: FakePeer, _ call: LuaCall) throws(Misuse) {
    let id = try text(call, "peer:file", "id")
    var file = FakeFolder.Foreign(size: 1_000, failure: nil, delay: 0)
    var isAnnounced = true
    let names = ["size", "error", "delay", "announce"]
    try call.readOptions(3, of: "peer:file", names: names, example: "{ size = 5 }") { name, value throws(Misuse) in
      switch name {
      case "size": file.size = try size(call, value, "peer:file", "option 'size'")
      case "error": file.failure = try call.choiceOption(name, value, of: "peer:file", as: BotFileFailure.self)
      case "delay": file.delay = try call.secondsOption(name, value, of: "peer:file")
      case "announce": isAnnounced = try call.booleanOption(name, value, of: "peer:file")
      default: return false
      }
      return true
    }
    world.folder.setFile(id, of: peer.peer.id, file)
    if isAnnounced { world.announce(id, by: peer) }
  }

  /// The first argument behind the object.
  private static func text(_ call: LuaCall, _ function: String, _ name: String) throws(Misuse) -> String {
    guard let text = call.string(2) else {
      throw Misuse("\(function): argument 1 (\(name)) must be a string, got \(call.type(2).name)")
    }
    return text
  }

  private static func size(_ call: LuaCall, _ index: Int, _ function: String, _ what: String) throws(Misuse) -> UInt64 {
    guard call.type(index) != .none, call.type(index) != .null else { return 1_000 }
    guard let size = call.integer(index), size >= 0 else {
      throw Misuse("\(function): \(what) must be a number of bytes, got \(call.type(index).name)")
    }
    return UInt64(size)
  }
}
