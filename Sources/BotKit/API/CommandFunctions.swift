import Limits
import LuaVM

/// `uc.command`.
enum CommandFunctions {
  static let section = APISection(
    "Commands",
    """
    A command is a message that begins with the prefix (`!`, or what `--prefix` says) and a name: `!remind 10m tea`. \
    Words are parted by white space; `"two words"` in double quotes are one.
    """,
    shapes: [spec, cooldown, argument], entries: entries)

  private static let spec = APIShape(
    "uc.CommandSpec", "what `uc.command` is told about a command",
    [
      .init("help", "string?", "one sentence for `!help`"),
      .init("aliases", "string[]?", "other names"),
      .init("args", "(string|uc.CommandArgument)[]?", "the arguments, below"),
      .init(
        "cooldown", "number|uc.CommandCooldown?",
        "seconds until the same peer may give it again; or a table of `peer`, `room` (seconds for everybody in the "
          + "room) and `message`, what those who are too early are told once: `{left}` is the seconds, `{command}` and "
          + "`{peer}` the names"),
      .init("admin", "boolean?", "`true`: only for the bot's admins"),
      .init("allow", "(uc.Peer|string)[]?", "peers or ids: only these (and admins)"),
      .init("deny", "(uc.Peer|string)[]?", "peers or ids: all but these"),
      .init("hidden", "boolean?", "`true`: not in the list of `!help`"),
      .init("where", choices(CommandSpec.Place.self), "where it may be given; `\"any\"` by default"),
      .init(
        "serial", choices(Subscription.Serial.self),
        "as for `uc.on`, but `\"peer\"` by default: the next command of a peer begins when its last one has ended"),
      .init("bots", "boolean?", "`true`: bots may give it too"),
    ])

  private static let cooldown = APIShape(
    "uc.CommandCooldown", "how soon a command may be given again",
    [
      .init("peer", "number?", "seconds for the same peer"),
      .init("room", "number?", "seconds for everybody in the room"),
      .init("message", "string?", "what those who are too early are told once"),
    ])

  private static let argument = APIShape(
    "uc.CommandArgument", "one argument of a command; its name may also stand first, without a name before it",
    [
      .init("name", "string?", "the name, if it does not stand first"),
      .init(
        "type", choices(CommandArgument.Kind.self),
        "`string` (the default), `number`, `integer`, `bool` (yes/no, on/off, true/false), `enum`, `peer` (an id or its "
          + "last eight characters, with or without `@`; gives a Peer), `duration` (`90`, `10m`, `1h30m`; gives "
          + "seconds), `rest` (all that is left; only as the last)"),
      .init("optional", "boolean?", "`true`: may be left out, and is nil then"),
      .init("default", "string|number|boolean?", "what it is when it is left out"),
      .init("choices", "string[]?", "for `enum`: the words that it may be"),
      .init("min", "number?", "for `number`, `integer` and `duration`"),
      .init("max", "number?", "the same"),
    ])

  /// One of the words of an enum, or nothing.
  private static func choices<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) -> String
  where Choice.RawValue == String {
    Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: "|") + "?"
  }

  static let entries = [
    APIEntry(
      "uc.command", .function, "uc.command(name, [spec], function) -> Subscription",
      "Calls the function for each message that gives the command, with its arguments read.",
      type:
        "fun(name: string, spec?: uc.CommandSpec, fn: (async fun(message: uc.Message, args: table<string, any>): any)): "
        + "uc.Subscription",
      details: """
        ```lua
        uc.command("remind", {
          help = "says it again later",
          args = { { "when", type = "duration", min = 1, max = 86400 }, { "what", type = "rest" } },
          cooldown = { peer = 5, message = "wait {left}s" },
        }, function(msg, args)
          uc.sleep(args.when)
          msg:reply(msg.from.short .. ": " .. args.what)
        end)
        ```

        The function gets the message (`msg.args` is everything behind the name) and a table with the arguments by \
        their names. A name may be several words (`"note add"`); of all names that fit, the longest wins. Upper and \
        lower case are the same. The line goes to the `message` handlers first: one that returns `uc.STOP` keeps it \
        from the commands.

        \(spec.pageWithoutTypes("in the spec"))

        An argument is a name, or a table: the name first, then any of these.

        \(argument.pageWithoutTypes("field"))

        Whoever writes the arguments wrongly is told what is wrong, and the usage. `!help` lists the commands, \
        `!help remind` tells how one is used; a command named `help` of your own replaces it. A line that no command \
        fits is not answered, since it may be for another bot.

        A peer's commands beyond \(Int(Limits.Lua.commandBurst)) at once and \
        \(rate(Limits.Lua.commandRate)) are ignored, and so are questions for usage and help beyond \
        \(Int(Limits.Lua.noticeBurst)) at once and \(rate(Limits.Lua.noticeRate)). Admins are not held up by either \
        limit, nor by cooldowns.
        """, .function(command)),
    APIEntry(
      "uc.prefix", .constant, "uc.prefix -> string", "What commands begin with.", type: "string",
      .constant { core, writer in writer.string(core.configuration.prefix) }),
  ]

  /// So many a second, in words.
  private static func rate(_ perSecond: Double) -> String {
    perSecond >= 1 ? "\(Int(perSecond)) a second" : "one in \(Int(1 / perSecond)) seconds"
  }

  private static let function = "uc.command"

  private static func command(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let written = try call.requireString(1, "name", of: function)
    guard !written.hasPrefix(core.prefix) else {
      throw Misuse("\(function): argument 1 (name) is written without the prefix '\(core.prefix)', got '\(written)'")
    }
    var spec = CommandSpec(name: try name(written, "argument 1 (name)"))
    var options = Subscription.Options()
    options.serial = .peer
    var functionIndex = 2
    if call.type(2) == .table {
      var read = spec
      var readOptions = options
      try call.readOptions(2, of: function, names: Self.spec.names, example: "{ help = \"…\" }") {
        name, value throws(Misuse) in
        try field(core, call, name, value, &read, &readOptions)
      }
      spec = read
      options = readOptions
      functionIndex = 3
    } else if call.count > 2, call.type(2) == .null {
      functionIndex = 3
    } else if call.type(2) != .function {
      throw Misuse("\(function): argument 2 must be a table (the spec) or a function, got \(call.type(2).name)")
    }
    try call.requireFunction(functionIndex, "function", of: function)
    for name in spec.names {
      if let other = core.subscriptions.commands[name] {
        throw Misuse("\(function): there is a command '\(name)' already, made at \(other.place)")
      }
    }
    let kept = try core.keepHandler(call, functionIndex, of: function)
    let subscription = core.subscriptions.add(
      .message, kept, options, place: call.caller ?? core.script.path, command: spec)
    call.results.object(ClassID.subscription.rawValue, slots: 1) { $0.integer(subscription.id) }
    return .values
  }

  /// Words with one space between, in lower case.
  private static func name(_ text: String, _ what: String) throws(Misuse) -> String {
    let words = text.lowercased().split(separator: " ", omittingEmptySubsequences: false)
    let isWell = words.allSatisfy { word in !word.isEmpty && !word.contains { $0.isWhitespace || $0 == "\"" } }
    guard isWell, text.utf8.count <= 64 else {
      throw Misuse("\(function): \(what) must be words with one space between, 64 bytes at most, got '\(text)'")
    }
    return words.joined(separator: " ")
  }

  private static func field(
    _ core: BotCore, _ call: LuaCall, _ name: String, _ value: Int, _ spec: inout CommandSpec,
    _ options: inout Subscription.Options
  ) throws(Misuse) -> Bool {
    switch name {
    case "help": spec.help = try call.stringOption(name, value, of: function)
    case "aliases":
      spec.aliases = try list(call, name, value, of: "names") { index throws(Misuse) in
        try Self.name(try call.stringOption(name, index, of: function), "an alias")
      }
    case "args": spec.arguments = try arguments(core, call, value)
    case "cooldown": spec.cooldown = try cooldown(call, value)
    case "admin": spec.isForAdmins = try call.booleanOption(name, value, of: function)
    case "hidden": spec.isHidden = try call.booleanOption(name, value, of: function)
    case "allow": spec.allow = Set(try peers(core, call, name, value))
    case "deny": spec.deny = Set(try peers(core, call, name, value))
    case "where": spec.place = try call.choiceOption(name, value, of: function, as: CommandSpec.Place.self)
    case "serial": options.serial = try call.choiceOption(name, value, of: function, as: Subscription.Serial.self)
    case "bots": options.bots = try call.booleanOption(name, value, of: function)
    default: return false
    }
    return true
  }

  /// The items of a list, in order.
  private static func list<Item>(
    _ call: LuaCall, _ name: String, _ index: Int, of what: String, _ read: (Int) throws(Misuse) -> Item
  ) throws(Misuse) -> [Item] {
    guard call.type(index) == .table else {
      throw call.wrongOption(name, index, of: function, wanted: "a list of \(what)")
    }
    var items: [(Int64, Item)] = []
    var problem: Misuse?
    call.forEachField(index) { key, value in
      do throws(Misuse) {
        guard let number = call.integer(key), items.count < Limits.Lua.commandWords else {
          throw call.wrongOption(name, index, of: function, wanted: "a list of \(what)")
        }
        items.append((number, try read(value)))
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
    return items.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private static func peers(_ core: BotCore, _ call: LuaCall, _ name: String, _ value: Int) throws(Misuse) -> [String] {
    try list(call, name, value, of: "peers or ids") { index throws(Misuse) in
      guard let id = core.peerID(call, index) else {
        throw call.wrongOption(name, index, of: function, wanted: "a list of peers or ids")
      }
      return id
    }
  }

  /// A number (of seconds for each peer), or `{ peer =, room =, message = }`.
  private static func cooldown(_ call: LuaCall, _ index: Int) throws(Misuse) -> CommandSpec.Cooldown {
    var cooldown = CommandSpec.Cooldown()
    guard call.type(index) == .table else {
      cooldown.peer = try call.secondsOption("cooldown", index, of: function)
      return cooldown
    }
    var read = cooldown
    try call.readOptions(
      index, of: function, names: Self.cooldown.names, example: "cooldown = { peer = 5 }"
    ) { name, value throws(Misuse) in
      switch name {
      case "peer": read.peer = try call.secondsOption("cooldown.peer", value, of: function)
      case "room": read.room = try call.secondsOption("cooldown.room", value, of: function)
      case "message": read.message = try call.stringOption("cooldown.message", value, of: function)
      default: return false
      }
      return true
    }
    return read
  }

  // MARK: Arguments

  private static func arguments(_ core: BotCore, _ call: LuaCall, _ index: Int) throws(Misuse) -> [CommandArgument] {
    var number = 0
    let arguments = try list(call, "args", index, of: "arguments, as in { { \"when\", type = \"duration\" } }") {
      item throws(Misuse) in
      number += 1
      return try argument(core, call, item, number)
    }
    for (argument, next) in zip(arguments, arguments.dropFirst()) {
      if argument.kind == .rest {
        throw Misuse("\(function): argument '\(argument.name)' takes the rest of the line and must be the last")
      }
      if argument.isOptional, !next.isOptional {
        throw Misuse("\(function): argument '\(next.name)' must be optional, since '\(argument.name)' before it is")
      }
      if arguments.filter({ $0.name == argument.name }).count > 1 {
        throw Misuse("\(function): there are two arguments '\(argument.name)'")
      }
    }
    return arguments
  }

  private static func argument(
    _ core: BotCore, _ call: LuaCall, _ index: Int, _ number: Int
  ) throws(Misuse) -> CommandArgument {
    if let name = call.string(index) { return CommandArgument(name: name) }
    guard call.type(index) == .table else {
      throw call.wrongOption("args", index, of: function, wanted: "a list of arguments, each a name or a table")
    }
    var argument = CommandArgument(name: "")
    var fallback: Int?
    var problem: Misuse?
    // The type says how the default is read, so the default is read last; its text is kept until then.
    var written: WrittenDefault?
    call.forEachField(index) { key, value in
      do throws(Misuse) {
        if call.integer(key) == 1 {
          argument.name = try call.stringOption("args", value, of: function)
        } else if call.string(key) == "default" {
          fallback = value
          written = WrittenDefault(call, value)
        } else {
          try field(call, key, value, into: &argument)
        }
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
    guard !argument.name.isEmpty else {
      throw Misuse("\(function): argument \(number) has no name, as in { \"when\", type = \"duration\" }")
    }
    guard argument.kind != .enum || !argument.choices.isEmpty else {
      throw Misuse("\(function): argument '\(argument.name)' is an enum and needs 'choices', as in { \"on\", \"off\" }")
    }
    if fallback != nil {
      guard let value = written?.value(for: argument, peer: { core.knownPeer($0) }) else {
        throw Misuse(
          "\(function): the default of argument '\(argument.name)' must be \(argument.wanted), "
            + "got \(written?.got ?? "nothing")")
      }
      argument.fallback = value
      argument.isOptional = true
    }
    return argument
  }

  private static func field(
    _ call: LuaCall, _ key: Int, _ value: Int, into argument: inout CommandArgument
  ) throws(Misuse) {
    switch call.string(key) {
    case "name": argument.name = try call.stringOption("args.name", value, of: function)
    case "optional": argument.isOptional = try call.booleanOption("args.optional", value, of: function)
    case "min", "max":
      guard let number = call.number(value), number.isFinite else {
        throw call.wrongOption("args.min or max", value, of: function, wanted: "a number")
      }
      if call.string(key) == "min" { argument.least = number } else { argument.most = number }
    case "choices":
      argument.choices = try list(call, "args.choices", value, of: "words") { index throws(Misuse) in
        try call.stringOption("args.choices", index, of: function)
      }
    case "type":
      let text = try call.stringOption("args.type", value, of: function)
      guard let kind = CommandArgument.Kind(rawValue: text) else {
        let kinds = CommandArgument.Kind.allCases.map(\.rawValue)
        let near = NearestName.of(text, in: kinds).map { "did you mean '\($0)'?" }
        throw Misuse(
          "\(function): unknown type '\(text)' of an argument (\(near ?? "there are \(kinds.joined(separator: " "))"))")
      }
      argument.kind = kind
    case let name:
      let near = name.flatMap { NearestName.of($0, in: Self.argument.names) }
      throw Misuse(
        "\(function): an argument has no field \(name.map { "'\($0)'" } ?? "that is \(call.type(key).name)")"
          + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }
  }

  /// A default as the script gave it.
  private struct WrittenDefault {
    var text: String?
    var truth: Bool?
    var got: String

    init(_ call: LuaCall, _ index: Int) {
      got = call.type(index).name
      switch call.type(index) {
      case .boolean: truth = call.boolean(index)
      case .string: text = call.string(index)
      case .number: text = call.integer(index).map { "\($0)" } ?? call.number(index).map { "\($0)" }
      default: break
      }
      if let text { got = "'\(text)'" }
    }

    func value(for argument: CommandArgument, peer: (String) -> BotPeer?) -> CommandValue? {
      if let truth { return argument.kind == .bool ? .boolean(truth) : nil }
      return text.flatMap { argument.value($0, peer: peer) }
    }
  }
}
