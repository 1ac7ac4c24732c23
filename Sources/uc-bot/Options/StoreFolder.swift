import BotKit

/// Where the files of the bots' stores lie.
enum StoreFolder {
  /// The variables that decide it.
  static let variables = ["STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"]

  /// - Parameter flag: The folder of `--store`.
  static func choose(flag: String?, environment: [String: String]) -> String {
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let flag { return flag }
    // What systemd made for the service by StateDirectory=; several have colons between them.
    if let folder = variable("STATE_DIRECTORY")?.split(separator: ":").first { return String(folder) }
    // The specification wants relative ones ignored.
    if let folder = variable("XDG_STATE_HOME"), folder.hasPrefix("/") { return folder + "/uc-bot" }
    if let home = variable("HOME") { return home + "/.local/state/uc-bot" }
    return "uc-bot-store"
  }

  /// The file of one bot.
  static func path(of bot: String, in folder: String) -> String {
    (folder.hasSuffix("/") ? folder : folder + "/") + bot + ".sqlite"
  }
}
