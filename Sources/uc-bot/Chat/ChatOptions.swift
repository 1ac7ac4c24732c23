import Identity
import NIOCore
import UniversalConnectivity

/// What `uc-bot chat` is to do: the command line and the environment, checked.
struct ChatOptions: Sendable {
  /// Where the room's own lines are kept.
  enum SystemLog: Hashable, Sendable {
    case off
    /// The seed's file, here; where it cannot be written, the chat goes on without.
    case usual
    /// Where the user wants it, or not at all.
    case at(String)
  }

  /// The name of the usual one.
  static let usualSystemLog = "system_messages.txt"

  var peer: PeerSettings
  var typist = ChatSession.Typist.person
  /// Whether the chat fills the screen.
  var hasScreen = false
  var isVerbose = false
  /// What is said when the room is ready; nil: what is usual.
  var intro: String?
  var isIntroduced = true
  var systemLog = SystemLog.usual
  var downloads: DownloadFolder
  var home: String?

  /// The peer that it needs.
  func configuration(identity: KeyPair) -> ChatNodeConfiguration {
    var configuration = peer.configuration(identity: identity)
    // Who types /file allows what --announce-files allows to scripts.
    configuration.files.announces = true
    // Round trips that are on the screen all the time are new all the time.
    if hasScreen { configuration.pingInterval = .seconds(1) }
    return configuration
  }

  /// What the session needs to know of a peer.
  func setup(peer id: PeerID, configuration: ChatNodeConfiguration) -> ChatSession.Setup {
    let nick = peer.nick.map { TerminalText.sanitized($0, limit: 100) } ?? id.short
    var setup = ChatSession.Setup(nick: nick, peer: id)
    setup.room = peer.room
    setup.topics = ["chat"] + (configuration.discovery.follows ? ["discovery"] : []) + ["files"]
    setup.typist = typist
    setup.hasScreen = hasScreen
    setup.isVerbose = isVerbose || typist == .nobody
    // What is piped is all that is wanted to be said.
    if isIntroduced, intro != nil || typist != .pipe { setup.intro = intro ?? "Hello from \(nick)!" }
    setup.hasWantedPeers = !peer.connect.isEmpty
    return setup
  }

  /// Where a path that was typed leads.
  func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home else { return path }
    return home + path.dropFirst()
  }
}
