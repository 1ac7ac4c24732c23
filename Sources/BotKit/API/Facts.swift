/// What a script can know about itself and its surroundings.
enum Facts {
  static let section = APISection("The bot itself", entries: entries)

  static let entries = [
    APIEntry(
      "uc.version", .constant, "uc.version -> string", "The version of uc-bot.", type: "string",
      .constant { core, writer in writer.string(core.configuration.version) }),
    APIEntry(
      "uc.nick", .constant, "uc.nick -> string",
      "The name given with --nick; else the short form of the bot's peer id.", type: "string",
      .constant { core, writer in writer.string(core.configuration.nick ?? core.localPeer.short) }),
    APIEntry(
      "uc.script.name", .constant, "uc.script.name -> string", "The script's file name without .lua.",
      type: "string",
      .constant { core, writer in writer.string(core.script.name) }),
  ]
}
