import ArgumentParser
import Identity
import Kademlia
import Limits
import Logging
import Multiformats
import Swarm
import UniversalConnectivity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `uc-bot dht`: questions to the distributed hash table.
struct DHTCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dht",
    abstract: "Ask the distributed hash table: where a peer is, who provides something, what a value is.",
    discussion: """
      The environment variable BOOTSTRAP_PEERS (addresses with commas between) adds to --bootstrap. Nobody else is asked: \
      those of the public IPFS network only with --bootstrap public.

      Exit codes: 0 found, or stored; 1 not; 64 wrong usage; 69 nobody to begin with is there.
      """,
    subcommands: [
      FindPeer.self, FindProviders.self, Provide.self, Get.self, Put.self, Serve.self,
    ])
}

/// The options that all of them have.
struct DHTOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A peer to begin with; repeatable. \"public\" stands for those of the public IPFS network.",
      valueName: "address"))
  var bootstrap: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file with the private key, created when missing. Default: a new identity.", valueName: "file"),
    completion: .file())
  var identity: String?

  @Option(
    help: ArgumentHelp("Where to listen; repeatable. Default: all interfaces, a free port.", valueName: "address"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("Seconds to find somebody to ask, and then for each answer.", valueName: "seconds"))
  var timeout = Double(Limits.Kademlia.lookupSeconds)

  @Flag(name: .shortAndLong, help: "Say on standard error what goes on.")
  var verbose = false

  func validate() throws {
    guard timeout > 0, timeout <= 3_600 else { throw ValidationError("--timeout: seconds, 3600 at most") }
  }

  /// Starts a peer, gives it to `body`, and ends it.
  func withPeer(
    mode: KademliaConfiguration.Mode = .client, _ body: (DHTPeer) async throws -> Void
  ) async throws {
    let environment = Environment.variables
    let settings = try PeerSettings(connect: [], listen: listen, port: nil, environment: environment)
    let peers = try BootstrapPeers(
      flags: bootstrap,
      environment: (environment[BootstrapPeers.variable] ?? "").split(separator: ",").map(String.init))
    guard !peers.all.isEmpty || mode == .server else {
      throw UsageError("dht: --bootstrap or BOOTSTRAP_PEERS must name a peer to begin with")
    }
    var configuration = KademliaConfiguration()
    configuration.mode = mode
    configuration.bootstrap = peers.all
    configuration.lookup.timeout = .nanoseconds(Int64(timeout * 1e9))
    var logger = Logger(label: "dht") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = verbose ? .trace : .error
    let peer = try await DHTPeer(
      identity: try LoadedIdentity(file: identity).keyPair, listen: settings.listen, configuration: configuration,
      seconds: mode == .server && peers.all.isEmpty ? nil : timeout, logger: logger)
    do {
      try await body(peer)
      await peer.stop()
    } catch {
      await peer.stop()
      throw error
    }
  }

  /// Prints a line at once, also where nobody's terminal is.
  static func say(_ line: String) {
    print(TerminalText.sanitized(line))
    fflush(nil)
  }

  /// Prints a peer's addresses, one in a line.
  static func say(_ peer: KadPeer) {
    if peer.addresses.isEmpty { say("/p2p/\(peer.id)") }
    for address in peer.addresses { say("\(address)/p2p/\(peer.id)") }
  }
}

extension DHTCommand {
  /// `uc-bot dht find-peer`
  struct FindPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "find-peer", abstract: "Where a peer is: prints its addresses.")

    @OptionGroup var options: DHTOptions
    @Argument(help: "The peer's id.") var peer: String

    func run() async throws {
      let id: PeerID
      do { id = try PeerID(peer) } catch { throw UsageError("dht find-peer: \(error)") }
      try await options.withPeer { DHTOptions.say(try await $0.table.findPeer(id).get()) }
    }
  }

  /// `uc-bot dht find-providers`
  struct FindProviders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "find-providers", abstract: "Who has announced a key: prints their addresses.")

    @OptionGroup var options: DHTOptions
    @OptionGroup var key: KeyArgument

    @Option(help: "With so many peers found the search ends.") var limit = Limits.Kademlia.bucket

    func run() async throws {
      try await options.withPeer { peer in
        let found = try await peer.table.findProviders(key.bytes, limit: max(1, limit)).get()
        for provider in found { DHTOptions.say(provider) }
      }
    }
  }

  /// `uc-bot dht provide`
  struct Provide: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "provide", abstract: "Announce a key, and stay to be found, until a signal comes.")

    @OptionGroup var options: DHTOptions
    @OptionGroup var key: KeyArgument

    @Flag(help: "Do not stay.") var once = false

    func run() async throws {
      try await options.withPeer { peer in
        let count = try await peer.table.provide(key.bytes, keeps: !once).get()
        DHTOptions.say("\(peer.identity.peerID) announced to \(count) peer(s)")
        if !once { await EndOfProcess.wait() }
      }
    }
  }

  /// `uc-bot dht get`
  struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "get",
      abstract:
        "Print a value: of /uc/<peer id>/<name> what that peer has said, of /pk/<peer id> its public key in hex.")

    @OptionGroup var options: DHTOptions
    @Argument(help: "The key.") var key: String

    func run() async throws {
      try await options.withPeer { peer in
        let bytes = DHTKey.valueKey(key)
        let value = try await peer.table.get(bytes).get()
        if let record = try? SignedRecord(KadRecord(key: bytes, value: value)) {
          DHTOptions.say(String(decoding: record.value, as: UTF8.self))
        } else {
          DHTOptions.say(Hex.text(value))
        }
      }
    }
  }

  /// `uc-bot dht put`
  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "put",
      abstract: "Store a text under /uc/<own peer id>/<name>, signed, or with --public-key the public key.")

    @OptionGroup var options: DHTOptions
    @Argument(help: "The name.") var name: String?
    @Argument(help: "The text.") var text: String?
    @Flag(help: "Store the public key under /pk/<own peer id>.") var publicKey = false

    func validate() throws {
      guard publicKey ? name == nil : text != nil else { throw ValidationError("dht put NAME TEXT, or --public-key") }
    }

    func run() async throws {
      try await options.withPeer { peer in
        let own = peer.identity
        let record: KadRecord
        if publicKey {
          record = KadRecord(key: PublicKeyValidator.key(of: own.peerID), value: own.publicKey.protobuf)
        } else {
          record = try SignedRecord(
            peer: own.peerID, name: name ?? "", sequence: UInt64(clamping: WallClock.nanoseconds()),
            value: Array((text ?? "").utf8)
          ).sealed(with: own)
        }
        let count = try await peer.table.put(record).get()
        let key = publicKey ? "/pk/\(own.peerID)" : String(decoding: record.key, as: UTF8.self)
        DHTOptions.say("\(key) stored at \(count) peer(s)")
      }
    }
  }

  /// `uc-bot dht serve`
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Answer others, until a signal comes: somebody to begin with.")

    @OptionGroup var options: DHTOptions

    func run() async throws {
      try await options.withPeer(mode: .server) { peer in
        for address in await peer.swarm.listenAddresses {
          DHTOptions.say("listening on \(address)/p2p/\(peer.identity.peerID)")
        }
        await EndOfProcess.wait()
      }
    }
  }
}

/// A key that is announced or looked for.
struct KeyArgument: ParsableArguments {
  @Argument(help: "The key: a CID, or any text.") var key: String

  @Flag(help: "The text is a name: its multihash by SHA-256 is the key, as Go programs make it.") var hash = false

  /// As it stands in messages.
  var bytes: [UInt8] { DHTKey.bytes(key, hashes: hash) }
}
