import Limits
import LuaVM

/// Saying something.
enum TalkFunctions {
  static let section = APISection(
    "Talking", shapes: [receipt, replyOptions, sayOptions], codes: [codes], entries: entries)

  private static let receipt = APIShape(
    "uc.Receipt", "who got a text",
    [
      .init("id", "string?", "the message's id, in hexadecimal digits"),
      .init("peers", "integer", "how many peers it was sent to"),
      .init("queued", "boolean?", "`true`: nobody is there yet, and it is sent when somebody is"),
    ])

  private static let replyOptions = APIShape(
    "uc.ReplyOptions", "options of `msg:reply`",
    [
      .init(
        "vary", "boolean?",
        "what becomes of a repeat: `true` gives it an ending that differs, `false` refuses it with `duplicate`")
    ])

  private static let sayOptions = APIShape(
    "uc.SayOptions", parent: "uc.ReplyOptions", "options of `uc.say`",
    [.init("room", "string?", "another room that the bot is in")])

  private static let codes = APICodes(
    "uc.SayCode",
    [
      (
        BotPublishFailure.noPeers.rawValue,
        "nobody is there; or, before `ready`, \(Limits.Lua.sayQueue) texts wait already"
      ),
      ("rate_limited", "\(Limits.Lua.sayQueue) texts wait for their turn already"),
      ("duplicate", "the text was said a moment ago, and the policy is to refuse such texts"),
      (BotPublishFailure.notJoined.rawValue, "the bot is not in that room"),
      (BotPublishFailure.tooLong.rawValue, "more than \(Limits.Chat.publish) bytes"),
      ("loop", "the bot talks with that peer in a circle"),
      ("empty", "no text at all"),
      (BotPublishFailure.stopping.rawValue, "the bot is ending"),
      (BotPublishFailure.failed.rawValue, "the network could not send it; the log says why"),
    ])

  static let entries = [
    APIEntry(
      "uc.say", .asyncFunction, "uc.say(text, [options]) -> receipt | nil, code",
      "Says a text in the room.",
      type: "async fun(text: string|number, options?: uc.SayOptions): uc.Receipt?, uc.SayCode?",
      details: """
        *Waits* until it has been handed to the network. Numbers are taken as text; bytes that are not UTF-8 are \
        replaced by `U+FFFD`.

        \(APIShape("", "", sayOptions.fields + replyOptions.fields).page())

        The receipt is a table: `id`, the message's id in hexadecimal digits, and `peers`, how many peers it was sent to.

        \(codes.page)

        Four rules stand between a bot and its room:

        - **Before `ready`** a text is held and sent when the first peer is there. The receipt then comes at once and \
        is `{ peers = 0, queued = true }`.
        - **\(Int(Limits.Lua.sayRate)) texts a second**, \(Int(Limits.Lua.sayBurst)) at once after a pause. A text \
        beyond that waits for its turn, and so does the call.
        - **No repeats.** Some peers drop a text that they have heard in the last minute or two, whoever said it. A \
        text that was seen or sent in the last \(Limits.Lua.repeatSeconds) seconds gets a visible ending: `pong`, \
        `pong #2`, `pong #3`.
        - **No circles.** The same answer to one peer within two minutes is given \(Limits.Lua.loopRepeats) times, \
        then \(Limits.Lua.loopDots) times as `...`, then not at all. A peer that says what begins or ends with the \
        bot's own words more than \(Limits.Lua.loopRepeats) times in two minutes, as another bot that echoes \
        everything does, gets no answer either until it has stopped for that long. An answer is what is said by the \
        run of a handler or command for something that the peer said or did, and by tasks that it has begun.
        """, .function(say)),
    APIEntry(
      "Message:reply", .asyncMethod, "message:reply(text, [options]) -> receipt | nil, code",
      "Says a text where the message came from.",
      type:
        "async fun(text: string|number, options?: uc.ReplyOptions): uc.Receipt|true|nil, uc.SayCode|uc.NetworkCode|nil",
      details: """
        *Waits.* Otherwise as `uc.say`, with its codes; the only option is `vary`. What came to the bot alone (`is_dm`) \
        is answered to its author alone, as by `message:reply_private`.
        """, .function(reply)),
    APIEntry(
      "Message:reply_private", .asyncMethod, "message:reply_private(text) -> true | nil, code",
      "Says a text to the author of the message alone.",
      type: "async fun(text: string|number): true?, uc.NetworkCode?",
      details: "*Waits.* As [`peer:send`](#peersendtext---true--nil-code) of `message.from`, with its codes.",
      .function { core, call throws(Misuse) in
        try call.requireSelf(.message, of: "Message:reply_private")
        let text = try call.requireText(2, "text", of: "Message:reply_private")
        let author = call.slotString(1, slot: MessageSlot.fromID.rawValue) ?? ""
        return try core.sendDirect(text, to: author, for: "Message:reply_private", call)
      }),
    APIEntry(
      "uc.publish", .asyncFunction, "uc.publish(topic, bytes) -> receipt | nil, code",
      "Publishes bytes as they are.",
      type: "async fun(topic: string, bytes: string): uc.Receipt?, uc.SayCode?",
      details: """
        *Waits.* Nothing is varied, repaired or held back, and with a `--codec` they are not put into its form, as texts \
        are: before `ready` the code is `no_peers`, and when texts wait for their turn it is `rate_limited`. Otherwise as \
        `uc.say`, with its codes. The topic must be one that the bot has joined.
        """,
      .function { core, call throws(Misuse) in
        let topic = try call.requireString(1, "topic", of: "uc.publish")
        guard let bytes = call.bytes(2) else {
          throw Misuse("uc.publish: argument 2 (bytes) must be a string, got \(call.type(2).name)")
        }
        return try core.publish(Array(bytes), topic: topic, for: "uc.publish", call)
      }),
  ]

  private static func say(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let text = try call.requireText(1, "text", of: "uc.say")
    let options = try options(call, 2, of: "uc.say", names: sayOptions.names + replyOptions.names)
    let room = options.room ?? core.configuration.room
    return try core.say(text, room: room, repeats: options.repeats, for: "uc.say", call)
  }

  private static func reply(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.message, of: "Message:reply")
    let text = try call.requireText(2, "text", of: "Message:reply")
    let options = try options(call, 3, of: "Message:reply", names: replyOptions.names)
    if call.slotBoolean(1, slot: MessageSlot.isDirect.rawValue) {
      let author = call.slotString(1, slot: MessageSlot.fromID.rawValue) ?? ""
      return try core.sendDirect(text, to: author, for: "Message:reply", call)
    }
    let room = call.slotString(1, slot: MessageSlot.room.rawValue) ?? core.configuration.room
    return try core.say(text, room: room, repeats: options.repeats, for: "Message:reply", call)
  }

  private static func options(
    _ call: LuaCall, _ index: Int, of function: String, names: [String]
  ) throws(Misuse) -> (room: String?, repeats: RepeatPolicy?) {
    // Methods are written with a colon: their object is no argument to those who write scripts.
    let shown = function.contains(":") ? index - 1 : index
    guard [.none, .null, .table].contains(call.type(index)) else {
      throw Misuse("\(function): argument \(shown) (options) must be a table, got \(call.type(index).name)")
    }
    var room: String?
    var repeats: RepeatPolicy?
    try call.readOptions(index, of: function, names: names, example: "{ vary = false }") {
      name, value throws(Misuse) in
      guard names.contains(name) else { return false }
      switch name {
      case "room": room = try call.stringOption(name, value, of: function)
      default: repeats = try call.booleanOption(name, value, of: function) ? .vary : .reject
      }
      return true
    }
    return (room, repeats)
  }
}

/// What a message consists of.
enum MessageFields {
  static let section = APISection(
    "Messages",
    "What `message` handlers get. The fields are read-only. A message is yours for as long as you keep it.",
    entries: entries)

  static let entries = [
    field(
      "text", "string", "The text: valid UTF-8, at most \(Limits.Chat.text) bytes.",
      """
      It is what a stranger wrote: it may hold line ends, control characters and terminal escapes. `print` and `uc.log` \
      make those visible; other programs may not.
      """, .text),
    field("id", "string", "The message's id, in hexadecimal digits.", "", .id),
    field("room", "string", "The room that it came from.", "", .room),
    field("time", "number", "When it arrived, in seconds since 1970.", "", .time),
    field("truncated", "boolean", "Whether the text was longer and has been cut.", "", .truncated),
    field(
      "is_dm", "boolean", "Whether it came to the bot alone, and not through a room.",
      "Then it is an event `dm` and none of `message`, `msg.room` and `msg.id` are empty, and `msg:reply` answers alone, too.",
      .isDirect),
    field(
      "args", "string?", "What follows the match of the option `match`, without spaces around it.",
      "Empty when nothing follows; nil when the handler has no `match`.", .args),
    APIEntry(
      "Message.from", .field, "message.from -> Peer", "The peer that wrote it; never the bot itself.", type: "uc.Peer",
      .function { _, call in
        // Read by nearly every handler, so nothing is made of the bytes in between.
        guard let id = call.slotBytes(1, slot: MessageSlot.fromID.rawValue),
          let short = call.slotBytes(1, slot: MessageSlot.fromShort.rawValue)
        else { return .raise("not a Message") }
        call.results.shared(ClassID.peer.rawValue, slots: 2) { slots in
          slots.bytes(id)
          slots.bytes(short)
        }
        return .values
      }),
    APIEntry(
      "Message.mentions_me", .field, "message.mentions_me -> boolean", "Whether the text names the bot.",
      type: "boolean",
      details: """
        It does with `@` and `uc.nick`, or `@` and the end of the bot's peer id (`uc.me.short`), in upper or lower case, \
        and no letter or digit behind it.
        """,
      .function { core, call in
        let text = call.slotString(1, slot: MessageSlot.text.rawValue) ?? ""
        call.results.boolean(Mention.found(in: text, of: core.names))
        return .values
      }),
    APIEntry(
      "Message.raw", .field, "message.raw -> string", "The bytes as they came, UTF-8 or not, not cut.", type: "string",
      .function { _, call in
        // Most messages are what they seem, and have no second copy.
        for slot in [MessageSlot.raw, .text] where call.writeSlot(slot) { return .values }
        return .raise("not a Message")
      }),
  ]

  private static func field(
    _ name: String, _ type: String, _ summary: String, _ details: String, _ slot: MessageSlot
  ) -> APIEntry {
    let shown = type.hasSuffix("?") ? "\(type.dropLast()) or nil" : type
    return APIEntry(
      "Message.\(name)", .field, "message.\(name) -> \(shown)", summary, type: type, details: details,
      .slot(slot.rawValue))
  }
}

extension LuaCall {
  /// Returns the text of a slot as it is, bytes and all; false when there is none.
  fileprivate func writeSlot(_ slot: MessageSlot) -> Bool {
    guard let bytes = slotBytes(1, slot: slot.rawValue) else { return false }
    results.bytes(bytes)
    return true
  }
}
