import LuaVM

/// Saying something.
enum TalkFunctions {
  static let entries = [
    APIEntry(
      "uc.say", .asyncFunction, "uc.say(text) -> receipt | nil, code",
      "Says a text in the room.", .function(say)),
    APIEntry(
      "Message:reply", .asyncMethod, "message:reply(text) -> receipt | nil, code",
      "Says a text in the room that the message came from.", .function(reply)),
  ]

  private static func say(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let text = try call.requireText(1, "text", of: "uc.say")
    return try core.say(text, room: core.configuration.room, for: "uc.say", call)
  }

  private static func reply(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.message, of: "Message:reply")
    let text = try call.requireText(2, "text", of: "Message:reply")
    let room = call.slotString(1, slot: MessageSlot.room.rawValue) ?? core.configuration.room
    return try core.say(text, room: room, for: "Message:reply", call)
  }
}

/// What a message consists of.
enum MessageFields {
  static let entries = [
    field("text", "string", "The text: valid UTF-8, at most 4096 bytes.", .text),
    field("id", "string", "The message's id, in hexadecimal digits.", .id),
    field("room", "string", "The room that it came from.", .room),
    field("time", "number", "When it arrived, in seconds since 1970.", .time),
    field("truncated", "boolean", "Whether the text was longer and has been cut.", .truncated),
    field("is_dm", "boolean", "Whether it came to the bot alone, and not through a room.", .isDirect),
    field("args", "string or nil", "What follows the match of the option `match`, without spaces around it.", .args),
    APIEntry(
      "Message.from", .field, "message.from -> Peer", "The peer that wrote it; never the bot itself.",
      .function { core, call in
        guard let id = call.slotString(1, slot: MessageSlot.fromID.rawValue) else { return .raise("not a Message") }
        call.results.peer(BotPeer(id: id))
        return .values
      }),
    APIEntry(
      "Message.raw", .field, "message.raw -> string", "The bytes as they came, UTF-8 or not, not cut.",
      .function { _, call in
        // Most messages are what they seem, and have no second copy.
        for slot in [MessageSlot.raw, .text] where call.writeSlot(slot) { return .values }
        return .raise("not a Message")
      }),
  ]

  private static func field(_ name: String, _ type: String, _ summary: String, _ slot: MessageSlot) -> APIEntry {
    APIEntry("Message.\(name)", .field, "message.\(name) -> \(type)", summary, .slot(slot.rawValue))
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
