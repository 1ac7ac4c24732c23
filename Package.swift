// swift-tools-version:6.1
import PackageDescription

// Each dependency costs build time on a user's first run; the reason stands beside it.
let package = Package(
  name: "uc-bot",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "uc-bot", targets: ["uc-bot"])
  ],
  dependencies: [
    // The network: event loops, channels, ByteBuffer.
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    // The wire messages of libp2p are protobufs; generated once and committed (`Generated/` folders).
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.28.0"),
    // The command line, with help and completions.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    // Logging that an embedding program can redirect.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    // Deque and Heap for queues and timers; swift-nio needs it anyway, so it costs nothing more.
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    // Signals and an orderly stop of the parts, last started first.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    // The bots' stores, in files of the system's SQLite (libsqlite3-dev; see scripts/setup).
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // The configuration file of `--config`.
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // 0: the system's libraries, the C around Lua, and the bounds that every floor obeys
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"]), .brew(["lua@5.4"])]),
    .target(name: "CLuaShim", dependencies: ["CLua"]),
    .target(name: "CCurlShim"),
    .target(name: "Limits"),

    // 1: the formats that everything is named in
    .target(name: "Multiformats", dependencies: ["Limits", .nioCore]),

    // 1: names of the Internet, and what is known of them
    .target(name: "DNS", dependencies: ["Limits", "Multiformats"]),

    // 2: who a peer is; a Lua that cannot hurt its host
    .target(
      name: "Identity", dependencies: ["CCrypto", "CSodium", "Limits", "Multiformats", .protobuf],
      exclude: generated("keys", "envelope")),
    .target(name: "LuaVM", dependencies: ["CLua", "CLuaShim", "Limits"]),

    // 3: where peers are, and how it went
    .target(name: "Peerstore", dependencies: ["Identity", "Limits", "Multiformats"]),
    // 3: one protocol each
    .target(name: "Multistream", dependencies: ["Limits", "Multiformats", .nioCore]),
    .target(
      name: "Noise", dependencies: ["CCrypto", "CSodium", "Identity", "Limits", "Multiformats", .nioCore, .protobuf],
      exclude: generated("noise")),
    .target(name: "Yamux", dependencies: ["Limits", .deque, .nioCore]),

    // 4: the peer
    .target(
      name: "Swarm",
      dependencies: [
        "DNS", "Identity", "Limits", "Multiformats", "Multistream", "Noise", "Yamux", .deque, .logging,
        .nioConcurrency, .nioCore, .nioPosix, .protobuf,
      ],
      exclude: generated("identify", in: "Identify/Generated")),

    // 5: the peers of the local network
    .target(
      name: "MulticastDNS",
      dependencies: ["DNS", "Identity", "Limits", "Multiformats", "Swarm", .logging, .nioCore, .nioPosix]),

    // 5: publish and subscribe
    .target(
      name: "Gossipsub",
      dependencies: [
        "Identity", "Limits", "Multiformats", "Swarm", .deque, .logging, .nioCore, .nioPosix, .protobuf,
      ],
      exclude: generated("rpc")),

    // 5: the distributed hash table
    .target(
      name: "Kademlia", dependencies: ["Identity", "Limits", "Multiformats", "Swarm", .logging, .nioCore, .protobuf],
      exclude: generated("kad")),

    // 6: the chat room
    .target(
      name: "UniversalConnectivity",
      dependencies: [
        "Gossipsub", "Identity", "Kademlia", "Limits", "Multiformats", "MulticastDNS", "Peerstore", "Swarm", .logging,
        .nioCore, .nioPosix, .protobuf,
      ],
      exclude: generated("chat", "direct", "discovery")),

    // 6: what a bot remembers; knows neither peers nor Lua
    .target(name: "BotStore", dependencies: ["Limits", .grdb, .logging]),
    // 6: the web, for whoever is above: a client, and a small server
    .target(
      name: "Web", dependencies: ["CCurlShim", "Limits", "Multiformats", .logging, .nioCore, .nioHTTP, .nioPosix]),

    // 6: a terminal: keys, a line that is written, a screen of characters; knows nothing of chat
    .target(name: "Terminal", dependencies: ["Limits"]),

    // 7: the bot; it sees the network through a protocol of its own
    .target(name: "BotKit", dependencies: ["BotStore", "CSodium", "Limits", "LuaVM", .heap, .logging]),

    // 7: a world for bots in which nothing is real, and tests that are Lua
    .target(name: "BotTesting", dependencies: ["BotKit", "BotStore", "Limits", "LuaVM", .logging]),

    // 8: the command, and the other end of `make bench`
    .executableTarget(
      name: "uc-bot",
      dependencies: [
        "BotKit", "BotStore", "BotTesting", "CCrypto", "CSodium", "Gossipsub", "Identity", "Kademlia", "Limits",
        "Multiformats", "Swarm", "Terminal", "UniversalConnectivity", "Web", .argumentParser, .lifecycle, .logging,
        .nioCore, .nioPosix, .signals, .tomlKit,
      ]),
    .executableTarget(
      name: "uc-bench",
      dependencies: [
        "BotKit", "Identity", "Multiformats", "Swarm", "UniversalConnectivity", .argumentParser, .logging,
        .nioConcurrency, .nioCore, .nioPosix,
      ]),

    // What the tests of several targets share: seeded randomness, hex, mutations, waiting with a deadline.
    .target(name: "TestSupport", dependencies: [.nioCore], path: "Tests/TestSupport"),
    .testTarget(name: "MultiformatsTests", dependencies: ["Limits", "Multiformats", "TestSupport", .nioCore]),
    .testTarget(name: "DNSTests", dependencies: ["DNS", "Limits", "Multiformats", "TestSupport"]),
    .testTarget(name: "IdentityTests", dependencies: ["Identity", "Limits", "Multiformats", "TestSupport"]),
    .testTarget(name: "LuaVMTests", dependencies: ["LuaVM", "TestSupport"]),
    .testTarget(name: "MultistreamTests", dependencies: ["Limits", "Multistream", "TestSupport", .nioCore]),
    .testTarget(name: "NoiseTests", dependencies: ["Identity", "Limits", "Noise", "TestSupport", .nioCore]),
    .testTarget(name: "YamuxTests", dependencies: ["Limits", "TestSupport", "Yamux", .nioCore]),
    .testTarget(
      name: "PeerstoreTests", dependencies: ["Identity", "Limits", "Multiformats", "Peerstore", "TestSupport"]),
    .testTarget(
      name: "SwarmTests",
      dependencies: [
        "DNS", "Identity", "Limits", "Multiformats", "Multistream", "Noise", "Swarm", "TestSupport", "Yamux", .logging,
        .nioConcurrency, .nioCore, .nioEmbedded, .nioPosix,
      ]),
    .testTarget(
      name: "MulticastDNSTests",
      dependencies: ["DNS", "Identity", "Limits", "Multiformats", "MulticastDNS", "TestSupport", .nioCore]),
    .testTarget(
      name: "GossipsubTests",
      dependencies: [
        "Gossipsub", "Identity", "Limits", "Multiformats", "Swarm", "TestSupport", .logging, .nioConcurrency, .nioCore,
        .nioPosix,
      ]),
    .testTarget(
      name: "KademliaTests",
      dependencies: [
        "Identity", "Kademlia", "Limits", "Multiformats", "Swarm", "TestSupport", .logging, .nioCore, .nioPosix,
        .protobuf,
      ]),
    .testTarget(
      name: "UniversalConnectivityTests",
      dependencies: [
        "Identity", "Kademlia", "Limits", "Multiformats", "Swarm", "TestSupport", "UniversalConnectivity", .logging,
        .nioCore, .nioPosix,
      ]),
    .testTarget(name: "BotStoreTests", dependencies: ["BotStore", "Limits", "TestSupport", .grdb, .logging]),
    .testTarget(
      name: "BotKitTests", dependencies: ["BotKit", "BotStore", "Limits", "LuaVM", "TestSupport", .logging]),
    .testTarget(name: "BotTestingTests", dependencies: ["BotKit", "BotTesting", "Limits", "TestSupport"]),
    .testTarget(name: "TerminalTests", dependencies: ["Limits", "Terminal", "TestSupport"]),
    .testTarget(
      name: "WebTests", dependencies: ["Limits", "TestSupport", "Web", .nioCore, .nioEmbedded, .nioHTTP, .nioPosix]),
    .testTarget(
      name: "uc-botTests",
      dependencies: [
        "BotKit", "BotStore", "Identity", "Limits", "Multiformats", "Swarm", "Terminal", "TestSupport",
        "UniversalConnectivity", "Web", "uc-bot", .argumentParser, .logging, .nioCore, .nioPosix,
      ]),
  ],
  swiftLanguageModes: [.v6]
)

/// What stands beside generated code and is not compiled.
func generated(_ messages: String..., in folder: String = "Generated") -> [String] {
  ["\(folder)/README.md"] + messages.map { "\(folder)/\($0).proto" }
}

extension Target.Dependency {
  static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
  static var deque: Self { .product(name: "DequeModule", package: "swift-collections") }
  static var grdb: Self { .product(name: "GRDB", package: "GRDB.swift") }
  static var heap: Self { .product(name: "HeapModule", package: "swift-collections") }
  static var lifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
  static var logging: Self { .product(name: "Logging", package: "swift-log") }
  static var nioConcurrency: Self { .product(name: "NIOConcurrencyHelpers", package: "swift-nio") }
  static var nioCore: Self { .product(name: "NIOCore", package: "swift-nio") }
  static var nioEmbedded: Self { .product(name: "NIOEmbedded", package: "swift-nio") }
  static var nioHTTP: Self { .product(name: "NIOHTTP1", package: "swift-nio") }
  static var nioPosix: Self { .product(name: "NIOPosix", package: "swift-nio") }
  static var protobuf: Self { .product(name: "SwiftProtobuf", package: "swift-protobuf") }
  static var signals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
  static var tomlKit: Self { .product(name: "TOMLKit", package: "TOMLKit") }
}
