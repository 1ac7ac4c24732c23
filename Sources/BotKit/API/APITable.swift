import LuaVM

/// One name that scripts can use.
public struct APIEntry: Sendable {
  /// What kind of thing a name is.
  public enum Kind: String, Sendable {
    case function
    /// A function that may suspend the calling coroutine.
    case asyncFunction
    case method
    /// A method that may suspend the calling coroutine.
    case asyncMethod
    /// A value that does not change while the script runs.
    case constant
    /// A field of an object.
    case field
  }

  /// As scripts write it (`uc.say`), or with the class before it (`Message.text`, `Message:reply`).
  public let name: String
  /// What it is.
  public let kind: Kind
  /// How it is called and what it gives.
  public let signature: String
  /// One sentence.
  public let summary: String
  /// How an editor may check calls of it, or uses of the value: a LuaCATS type, such as
  /// `async fun(text: string): uc.Receipt?, uc.SayCode?`. The `self` of a method is left out; classes have `uc.` before
  /// them; what the signature calls `function` is `fn` here. `<event>`, `<options>`, `<waiting>`, `<handler>` and
  /// `<payload>` stand for those of each event (``EventName``), `<codes>` for nothing else.
  public let type: String
  /// What the reference page and editors say behind the summary, in Markdown: every option, every code, the bounds (out
  /// of `Limits`), and an example where it helps, which is a complete script.
  public let details: String

  let body: Body

  /// An entry for the page and the editor of something that is made elsewhere, as the test kit's functions are.
  package init(
    documenting name: String, _ kind: Kind, _ signature: String, _ summary: String, type: String, details: String = ""
  ) {
    self.init(name, kind, signature, summary, type: type, details: details, .builtIn)
  }

  /// How it is made.
  enum Body: Sendable {
    case function(@Sendable (BotCore, LuaCall) throws(Misuse) -> LuaOutcome)
    case constant(@Sendable (BotCore, LuaWriter) -> Void)
    case slot(Int)
    /// The shim makes it.
    case builtIn
  }

  init(
    _ name: String, _ kind: Kind, _ signature: String, _ summary: String, type: String, details: String = "",
    _ body: Body
  ) {
    self.name = name
    self.kind = kind
    self.signature = signature
    self.summary = summary
    self.type = type
    self.details = details
    self.body = body
  }
}

/// The scripting API. What is not in this table does not exist: states are filled from it, and the reference page, the
/// editor's stub and luacheck's standard are made from it.
public enum API {
  /// Every name, in the order of the reference page, in parts that have a heading there.
  public static let sections: [APISection] = [
    EventFunctions.section,
    CommandFunctions.section,
    MiddlewareFunctions.section,
    TalkFunctions.section,
    MessageFields.section,
    PeerFunctions.section,
    NetworkFunctions.section,
    FileFunctions.section,
    TaskFunctions.section,
    TimeFunctions.section,
    StoreFunctions.section,
    ConfigFunctions.section,
    HTTPFunctions.section,
    WebhookFunctions.section,
    MetricFunctions.section,
    JSONFunctions.section,
    BytesFunctions.section,
    RateFunctions.section,
    LogFunctions.section,
    TextFunctions.section,
    Facts.section,
  ]

  /// Every name.
  public static let entries = sections.flatMap(\.entries)

  /// Constants that have no value in most states.
  static let nullable: Set<String> = ["uc.saved"]

  /// Gives a fresh state everything in the table.
  static func install(in core: BotCore) throws(LuaError) {
    var members: [ClassID: [(name: String, member: LuaClass.Member)]] = [:]
    for entry in entries {
      if entry.name.hasPrefix("uc.") {
        try install(entry, at: String(entry.name.dropFirst(3)), in: core)
        continue
      }
      for id in ClassID.allCases where entry.name.hasPrefix(id.name) && entry.name.utf8.count > id.name.utf8.count {
        // Behind the class comes '.' or ':'.
        let name = String(entry.name.dropFirst(id.name.count + 1))
        members[id, default: []].append((name, member(entry, core)))
      }
    }
    for id in ClassID.allCases {
      try core.lua.define(LuaClass(id: id.rawValue, name: id.name, members: members[id] ?? []))
    }
    core.lua.nullableFields = nullable
    MiddlewareFunctions.install(in: core)
    PeerFunctions.install(in: core)
    // Constants may be objects of the classes.
    for entry in entries {
      guard case .constant(let write) = entry.body else { continue }
      try core.lua.setConstant(String(entry.name.dropFirst(3))) { write(core, $0) }
    }
  }

  private static func install(_ entry: APIEntry, at path: String, in core: BotCore) throws(LuaError) {
    guard case .function(let body) = entry.body else { return }
    try core.lua.register(path, bind(body, core))
  }

  private static func member(_ entry: APIEntry, _ core: BotCore) -> LuaClass.Member {
    switch entry.body {
    case .slot(let slot): return .slot(slot)
    case .function(let body) where entry.kind == .field: return .computed(bind(body, core))
    case .function(let body): return .method(bind(body, core))
    case .constant, .builtIn: return .computed { _ in .raise("\(entry.name) is no member") }
    }
  }

  private static func bind(
    _ body: @escaping @Sendable (BotCore, LuaCall) throws(Misuse) -> LuaOutcome, _ core: BotCore
  ) -> LuaState.Function {
    // The core owns the state that owns this function.
    { [unowned core] call in
      do throws(Misuse) {
        return try body(core, call)
      } catch {
        return .raise(error.message)
      }
    }
  }
}
