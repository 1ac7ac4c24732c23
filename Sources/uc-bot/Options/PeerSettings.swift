import Identity
import Kademlia
import Limits
import Multiformats
import UniversalConnectivity

/// What makes a peer, as the user wants it: the ``PeerOptions`` and the environment, checked.
struct PeerSettings: Sendable {
  /// The environment's variables with addresses to connect to, with commas between.
  static let remoteVariables = ["REMOTE_PEER", "REMOTE_PEERS"]
  /// The variable with addresses to listen on, with commas between.
  static let listenVariable = "LISTEN_ADDRS"
  /// All of them.
  static let variables = remoteVariables + [BootstrapPeers.variable, listenVariable]

  /// Wanted peers, each once, in the order given.
  var connect: [Multiaddr] = []
  /// Where to listen; a failure here ends the program.
  var listen: [Multiaddr] = []
  /// Where to listen if it can be done: IPv6 is not there on every machine.
  var listenIfPossible: [Multiaddr] = []
  /// Whether the user left it open where to listen.
  private(set) var listensAnywhere = false
  /// What the peer calls itself; nil: by the end of its id.
  var nick: String?
  /// The file with the key; nil: a new key.
  var identityFile: String?
  /// The topic of the room.
  private(set) var room = ChatNodeConfiguration.universalConnectivity
  /// What identify tells of the software.
  private(set) var agent = Version.agent
  /// The form in which own messages are written.
  var codec = PayloadCodec.raw
  /// Whether messages without a signature are refused.
  var strictSigning = true

  /// The file that the room's own lines are appended to; nil: as the command has it.
  var systemLog: String?
  /// Whether files may be announced.
  var announcesFiles = false
  /// Whether peers are found by their announcements, and this one by its own.
  var discovery = DiscoveryConfiguration()
  /// How it stays on the network.
  private(set) var staying = {
    var staying = StayingConfiguration()
    staying.findsKnownPeers = true
    staying.watchesNetwork = true
    return staying
  }()

  /// The part in the distributed hash table; nil: none.
  private(set) var dht: KademliaConfiguration?

  /// Whom to connect to and where to listen.
  /// - Parameters:
  ///   - connect: Addresses to dial; those in the environment add to them.
  ///   - listen: Addresses to listen on.
  ///   - port: A port of all interfaces to listen on. Without either: what the environment says, or a free one.
  init(
    connect: [String], listen: [String], port: Int?, environment: [String: String]
  ) throws(UsageError) {
    self.connect = try Self.wanted(flags: connect, environment: environment)
    for text in listen { self.listen.append(try AddressRule.listened(text, from: "--listen")) }
    if self.listen.isEmpty, port == nil {
      for text in Self.list(Self.listenVariable, of: environment) {
        self.listen.append(try AddressRule.listened(text, from: "\(Self.listenVariable):"))
      }
    }
    try self.listen(on: port)
  }

  /// Says where known peers are kept, and after how many seconds without anybody the peer counts as deaf.
  mutating func stay(peers: String?, deafAfter seconds: Int) throws(UsageError) {
    guard (0...86_400).contains(seconds) else {
      throw UsageError("--deaf-after \(seconds): from 1 to 86400 seconds, or 0 for never")
    }
    staying.file = peers
    staying.deafAfter = seconds == 0 ? nil : .seconds(Int64(seconds))
  }

  /// Says which room to join.
  mutating func setRoom(_ room: String) throws(UsageError) {
    try Self.require(room, of: "--room", limit: Limits.Gossipsub.topic)
    self.room = room
  }

  /// Says what identify tells of the software.
  mutating func setAgent(_ agent: String) throws(UsageError) {
    // More is cut off by those who read it.
    try Self.require(agent, of: "--agent", limit: Limits.Identify.agent)
    self.agent = agent
  }

  private static func require(_ text: String, of option: String, limit: Int) throws(UsageError) {
    guard (1...limit).contains(text.utf8.count),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw UsageError(
        "\(option) \(TerminalText.sanitized(text, limit: 60)): 1 to \(limit) bytes, none of them a control character")
    }
  }

  /// A peer that is so, with this key.
  func configuration(identity: KeyPair) -> ChatNodeConfiguration {
    var configuration = ChatNodeConfiguration(identity: identity)
    configuration.listen = listen
    configuration.listenIfPossible = listenIfPossible
    configuration.connect = connect
    configuration.agent = agent
    configuration.topic = room
    configuration.codec = codec
    configuration.nick = nick
    configuration.strictSigning = strictSigning
    // Hearing of files costs nobody anything; announcing them is another matter.
    configuration.files.follows = true
    configuration.files.announces = announcesFiles
    configuration.discovery = discovery
    configuration.staying = staying
    // Where few files may be open, strangers must not take what wanted peers are dialled with.
    let most = DescriptorLimit.connections(of: DescriptorLimit.current)
    configuration.maximumConnections = most
    configuration.staying.connections.high = min(staying.connections.high, most * 3 / 4)
    configuration.staying.connections.low = min(staying.connections.low, most / 2)
    configuration.dht = dht
    return configuration
  }

  /// Says whom to begin with in the distributed hash table, and what part to take in it. Who was named is a wanted peer,
  /// too: most often it is one of the room, and it is dialled again until it is there.
  mutating func setDHT(
    bootstrap: [String], _ choice: DHTChoice?, environment: [String: String]
  ) throws(UsageError) {
    let peers = try BootstrapPeers(
      flags: bootstrap, environment: Self.list(BootstrapPeers.variable, of: environment))
    for address in peers.named where !connect.contains(address) { connect.append(address) }
    dht = peers.configuration(choice)
  }

  private static func wanted(
    flags: [String], environment: [String: String]
  ) throws(UsageError) -> [Multiaddr] {
    var addresses: [Multiaddr] = []
    for text in flags { addresses.append(try AddressRule.dialled(text, from: "--connect")) }
    for name in remoteVariables {
      for text in list(name, of: environment) { addresses.append(try AddressRule.dialled(text, from: "\(name):")) }
    }
    var seen: Set<Multiaddr> = []
    return addresses.filter { seen.insert($0).inserted }
  }

  /// The addresses in a variable.
  private static func list(_ name: String, of environment: [String: String]) -> [String] {
    (environment[name] ?? "").split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
  }

  /// Without any wish: all interfaces on a free port, as the other applications do.
  private mutating func listen(on port: Int?) throws(UsageError) {
    if let port {
      guard (0...65_535).contains(port) else {
        throw UsageError("--port \(port): a port is a number from 0 to 65535")
      }
    }
    listensAnywhere = listen.isEmpty && port == nil
    if let port = listensAnywhere ? 0 : port {
      listen.append(try AddressRule.listened("/ip4/0.0.0.0/tcp/\(port)", from: "--port"))
      listenIfPossible.append(try AddressRule.listened("/ip6/::/tcp/\(port)", from: "--port"))
    }
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  fileprivate func trimmingSpaces() -> String {
    var rest = self
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}
