import BotKit
import LuaVM

/// The classes of objects that tests see.
enum TestClass: Int32, CaseIterable {
  case test
  case peer

  var name: String {
    switch self {
    case .test: "Test"
    case .peer: "TestPeer"
    }
  }
}

/// What a test file can use. What is not in this table does not exist.
package enum TestAPI {
  /// One name: how it is documented, and what it does.
  struct Member: Sendable {
    var entry: APIEntry
    var body: Body

    enum Body: Sendable {
      case function(@Sendable (TestFile, LuaCall) throws(Misuse) -> LuaOutcome)
      case slot(Int)
    }

    init(
      _ name: String, _ kind: APIEntry.Kind, _ signature: String, _ summary: String, type: String,
      details: String = "", _ body: Body
    ) {
      entry = APIEntry(documenting: name, kind, signature, summary, type: type, details: details)
      self.body = body
    }
  }

  static let members =
    TestFunctions.members + TestWebFunctions.members + TestFolderFunctions.members + ExpectFunctions.members
    + TestPeerFunctions.members

  /// Every name, in the order of the reference page.
  package static var entries: [APIEntry] { members.map(\.entry) }

  /// Gives the state of a test file everything in the table.
  static func install(in file: TestFile) throws(LuaError) {
    for member in members where member.entry.name.hasPrefix("uc.") {
      guard case .function(let body) = member.body else { continue }
      try file.lua.register(String(member.entry.name.dropFirst(3)), bind(body, file))
    }
    for id in TestClass.allCases {
      let own = members.filter { $0.entry.name.hasPrefix(id.name + ":") || $0.entry.name.hasPrefix(id.name + ".") }
      try file.lua.define(
        LuaClass(
          id: id.rawValue, name: id.name,
          members: own.map { member in
            let name = String(member.entry.name.dropFirst(id.name.count + 1))
            switch member.body {
            case .slot(let slot): return (name, .slot(slot))
            case .function(let body): return (name, .method(bind(body, file)))
            }
          }))
    }
  }

  private static func bind(
    _ body: @escaping @Sendable (TestFile, LuaCall) throws(Misuse) -> LuaOutcome, _ file: TestFile
  ) -> LuaState.Function {
    // The file owns the state that owns this function.
    { [unowned file] call in
      do throws(Misuse) {
        return try body(file, call)
      } catch {
        return .raise(error.message)
      }
    }
  }
}

extension LuaCall {
  /// The object before the colon.
  func requireSelf(_ wanted: TestClass, of method: String) throws(Misuse) {
    guard classID(1) == wanted.rawValue else {
      let parts = method.split(separator: ":")
      let object = wanted == .test ? "t" : "peer"
      throw Misuse("\(method): write a colon, \(object):\(parts.last ?? "")(…), got \(type(1).name) before it")
    }
  }

  /// A peer of the test, or its name.
  func requirePeer(_ index: Int, _ world: TestWorld, of function: String) throws(Misuse) -> FakePeer {
    if classID(index) == TestClass.peer.rawValue, let name = slotString(index, slot: 2) { return world.peer(name) }
    guard let name = string(index) else {
      throw Misuse("\(function): argument \(index - 1) (peer) must be what t:peer gave, got \(type(index).name)")
    }
    return world.peer(name)
  }
}

extension LuaWriter {
  /// A peer of the test.
  func peer(_ peer: BotPeer, name: String) {
    object(TestClass.peer.rawValue, slots: 3) { slots in
      slots.string(peer.id)
      slots.string(peer.short)
      slots.string(name)
    }
  }
}
