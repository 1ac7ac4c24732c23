import ArgumentParser
import Limits
import UniversalConnectivity

/// The options that make a peer, the same for each command that joins the chat.
struct PeerOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .long],
    help: ArgumentHelp("A peer to stay connected to, with or without /p2p/<id>; repeatable.", valueName: "address"))
  var connect: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where to listen, e.g. /ip4/0.0.0.0/tcp/9095; repeatable. Default: all interfaces, a free port.",
      valueName: "address"))
  var listen: [String] = []

  @Option(name: [.customShort("p"), .long], help: "Listen on this TCP port of all interfaces; 0 takes a free one.")
  var port: Int?

  @Option(
    help: ArgumentHelp(
      "What the peer calls itself; default: the end of the peer id, as others see it.", valueName: "name"))
  var nick: String?

  @Option(
    help: ArgumentHelp(
      "A file with the private key, created when missing. Default: a new identity each time.", valueName: "file"),
    completion: .file())
  var identity: String?

  @Option(
    help: ArgumentHelp(
      "The room to join, which is a topic; that of its files is <room>-file.", valueName: "topic"))
  var room = ChatNodeConfiguration.universalConnectivity

  @Option(
    help: ArgumentHelp(
      "What identify tells of the software. Default: uc-bot, its version and its part.", valueName: "text"))
  var agent: String?

  @Option(help: "How what is said is written: raw, flat, oneof or json. All are read. Default: raw.")
  var codec: PayloadCodec?

  @Flag(
    name: .customLong("no-strict-signing"),
    help: "Take messages without a signature too, as of old Python peers; anybody can put any author on one.")
  var noStrictSigning = false

  @Flag(help: "Dial peers that announce themselves to the room, within limits.")
  var discover = false

  @Flag(help: "Announce to the room where this peer can be dialled, for as long as somebody listens.")
  var discoverable = false

  @Flag(
    name: .customLong("discover-local"),
    help: "With --discover and --discoverable: addresses of this machine and of private networks too.")
  var discoverLocal = false

  @Flag(help: "Find the peers of the local network by multicast DNS, and be found by them.")
  var mdns = false

  @Option(
    help: ArgumentHelp(
      "A file in which known peers are kept between runs. Default: <file>.peers beside that of --identity, else none.",
      valueName: "file"),
    completion: .file())
  var peers: String?

  @Option(
    name: .customLong("deaf-after"),
    help: ArgumentHelp(
      "Seconds without anybody in the room after which the peer counts as deaf; 0: never.",
      valueName: "seconds"))
  var deafAfter = Limits.Connections.deafSeconds

  @Option(
    help: ArgumentHelp(
      """
      A peer to stay connected to that knows others: through it they are found, by the distributed hash table. \
      Repeatable; "public" stands for those of the public IPFS network.
      """, valueName: "address"))
  var bootstrap: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      The part to take in the distributed hash table: off, client (ask only), server (answer, too), or auto (answer \
      once a peer out of the internet has reached us). Default: auto with --bootstrap, off without.
      """, valueName: "mode"))
  var dht: DHTChoice?

  @Option(
    name: .customLong("system-log"),
    help: ArgumentHelp(
      "Append the room's own lines to this file. Default: system_messages.txt for chat, none for bots.",
      valueName: "file"),
    completion: .file())
  var systemLog: String?

  /// The options, checked, with what the environment adds.
  /// - Parameter agent: What identify tells unless the user says otherwise.
  func settings(environment: [String: String], agent defaultAgent: String) throws(UsageError) -> PeerSettings {
    var settings = try PeerSettings(connect: connect, listen: listen, port: port, environment: environment)
    try settings.setDHT(bootstrap: bootstrap, dht, environment: environment)
    settings.nick = nick
    settings.identityFile = identity
    try settings.setRoom(room)
    try settings.setAgent(agent ?? defaultAgent)
    settings.codec = codec ?? .raw
    settings.strictSigning = !noStrictSigning
    try settings.stay(peers: peers ?? identity.map { $0 + ".peers" }, deafAfter: deafAfter)
    settings.systemLog = systemLog
    settings.discovery.follows = discover
    settings.discovery.announces = discoverable
    settings.discovery.allowsLocalAddresses = discoverLocal
    settings.discovery.asksLocalNetwork = mdns
    return settings
  }
}

extension PayloadCodec: ExpressibleByArgument {}
