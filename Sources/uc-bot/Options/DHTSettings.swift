import ArgumentParser
import Kademlia
import Multiformats

/// What `--dht` may say.
enum DHTChoice: String, CaseIterable, ExpressibleByArgument {
  case off, auto, client, server

  /// The part in the distributed hash table; nil: none.
  var mode: KademliaConfiguration.Mode? {
    switch self {
    case .off: nil
    case .auto: .auto
    case .client: .client
    case .server: .server
    }
  }
}

/// Whom to begin with in the distributed hash table: `--bootstrap` and BOOTSTRAP_PEERS, checked.
struct BootstrapPeers: Sendable, Hashable {
  /// The environment's variable, with commas between.
  static let variable = "BOOTSTRAP_PEERS"
  /// The word for the list that is built in.
  static let publicName = "public"

  /// Addresses that the user has named.
  private(set) var named: [Multiaddr] = []
  /// Whether the public network is wanted.
  private(set) var isPublic = false

  /// Each address once, in the order given.
  init(flags: [String], environment: [String]) throws(UsageError) {
    for text in flags { try add(text, from: "--bootstrap") }
    for text in environment { try add(text, from: "\(Self.variable):") }
  }

  private mutating func add(_ text: String, from source: String) throws(UsageError) {
    guard text != Self.publicName else {
      isPublic = true
      return
    }
    let address = try AddressRule.dialled(text, from: source)
    if !named.contains(address) { named.append(address) }
  }

  /// Everybody to begin with.
  var all: [Multiaddr] { named + (isPublic ? KademliaConfiguration.publicBootstrap : []) }

  /// What the table needs to know. Whoever names somebody to begin with, and does not say how, asks, and answers once it
  /// is known that others can reach us.
  func configuration(_ choice: DHTChoice?) -> KademliaConfiguration? {
    guard let mode = (choice ?? (all.isEmpty ? .off : .auto)).mode else { return nil }
    var configuration = KademliaConfiguration()
    configuration.mode = mode
    configuration.bootstrap = all
    return configuration
  }
}
