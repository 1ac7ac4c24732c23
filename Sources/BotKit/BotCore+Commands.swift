import Limits
import LuaVM

extension BotCore {
  var prefix: String { configuration.prefix }

  /// Somebody said something that no handler has stopped: perhaps it is a command.
  func runCommand(in message: BotMessage, _ cause: Cause, isBot: Bool) {
    let commands = subscriptions.commands
    guard !commands.isEmpty, let line = CommandLine(message.text, prefix: prefix), !line.words.isEmpty else { return }
    guard let (command, words) = commands.find(line), let spec = command.command else {
      if !isBot { answer(line, message) }
      return
    }
    guard command.options.want(peer: message.from.id, room: message.room, isBot: isBot) else { return }
    let isAdmin = configuration.admins.contains(message.from.id)
    guard spec.place == .any || (spec.place == .dm) == message.isDirect else { return }
    guard spec.isAllowed(message.from.id, isAdmin: isAdmin) else {
      return notify("\(prefix)\(spec.name) is not for you, \(message.from.short)", message)
    }
    guard isAdmin || commandBuckets.take(message.from.id, now: now) else {
      statistics.refused &+= 1
      return
    }
    switch spec.read(line, from: words, prefix: prefix, peer: { knownPeer($0) }) {
    case .failure(let mistake): notify(mistake.text, message)
    case .success(let values):
      guard isAdmin || isCool(command, spec, message) else { return }
      cause.command = spec.name
      run(command, cause) { arguments in
        arguments.message(message, rest: line.rest(from: words))
        arguments.table { table in
          for (name, value) in values { table.field(name) { $0.value(value) } }
        }
      }
    }
  }

  /// The name of the command that a message gives; nil when it gives none that there is.
  func commandName(in message: BotMessage) -> String? {
    guard !subscriptions.commands.isEmpty, let line = CommandLine(message.text, prefix: prefix) else { return nil }
    return line.words.isEmpty ? nil : subscriptions.commands.find(line)?.0.command?.name
  }

  /// Whether the command's pauses are over, for this peer and this room. If so, new ones begin.
  private func isCool(_ command: Subscription, _ spec: CommandSpec, _ message: BotMessage) -> Bool {
    let peer = "peer " + message.from.id
    // Who speaks to the bot alone is in a room of two.
    let room = message.isDirect ? "dm " + message.from.id : "room " + message.room
    if let left = command.cooldowns.left([peer, room], peer: message.from.id, now: now) {
      statistics.refused &+= 1
      if left.isNews, let template = spec.cooldown.message {
        let seconds = (left.nanoseconds &+ 999_999_999) / 1_000_000_000
        notify(
          template.replacing("{left}", with: "\(seconds)").replacing("{command}", with: prefix + spec.name)
            .replacing("{peer}", with: message.from.short), message)
      }
      return false
    }
    command.cooldowns.begin(peer, seconds: spec.cooldown.peer, now: now)
    command.cooldowns.begin(room, seconds: spec.cooldown.room, now: now)
    return true
  }

  /// `!help`, and a line that begins like sub-commands and names none. Other commands may be another bot's.
  private func answer(_ line: CommandLine, _ message: BotMessage) {
    let isAdmin = configuration.admins.contains(message.from.id)
    func shown(_ specs: [CommandSpec]) -> [CommandSpec] {
      specs.filter { !$0.isHidden && $0.isAllowed(message.from.id, isAdmin: isAdmin) }
    }
    let commands = subscriptions.commands
    let words = line.words.map { $0.text.lowercased() }
    guard words.first == "help" else {
      let group = shown(commands.all(in: words.first ?? ""))
      guard !group.isEmpty else { return }
      return notify("usage: " + group.map { $0.usage(prefix: prefix) }.joined(separator: " | "), message)
    }
    guard words.count > 1 else {
      let names = shown(commands.all()).map { prefix + $0.name }
      let text = "commands: " + (names + [prefix + "help"]).joined(separator: ", ")
      return notify("\(text); more with \(prefix)help <command>", message)
    }
    let wanted = words.dropFirst().joined(separator: " ")
    let name = wanted.hasPrefix(prefix) ? String(wanted.dropFirst(prefix.count)) : wanted
    if let spec = commands[name]?.command, spec.isAllowed(message.from.id, isAdmin: isAdmin) {
      var text = spec.usage(prefix: prefix)
      if !spec.help.isEmpty { text += " — \(spec.help)" }
      if !spec.aliases.isEmpty { text += " (also \(spec.aliases.map { prefix + $0 }.joined(separator: ", ")))" }
      return notify(text, message)
    }
    let group = shown(commands.all(in: name))
    if !group.isEmpty {
      return notify(group.map { $0.usage(prefix: prefix) }.joined(separator: " | "), message)
    }
    let near = NearestName.of(name, in: shown(commands.all()).map(\.name))
    if let near { notify("no command \"\(CommandMistake.shown(name))\" (did you mean \(prefix)\(near)?)", message) }
  }

  /// The peer with this id, or the end of one.
  func knownPeer(_ text: String) -> BotPeer? {
    if text.utf8.count == 8, let id = peers.id(endingWith: text) { return BotPeer(id: id) }
    return text.utf8.count <= Limits.PeerID.text ? network.peer(text) : nil
  }
}

extension LuaWriter {
  /// An argument of a command.
  func value(_ value: CommandValue) {
    switch value {
    case .string(let text): string(text)
    case .number(let number): self.number(number)
    case .integer(let number): integer(number)
    case .boolean(let truth): boolean(truth)
    case .peer(let peer): self.peer(peer)
    }
  }
}
