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
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    // Deque and Heap for queues and timers; swift-nio needs it anyway, so it costs nothing more.
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    // Signals and an orderly stop of the parts, last started first.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
  ],
  targets: [
    // 0: the system's libraries, and the bounds that every floor obeys
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"]), .brew(["lua@5.4"])]),
    .target(name: "CLuaShim", dependencies: ["CLua"]),
    .target(name: "Limits"),

    // 1
    .target(name: "Multiformats", dependencies: ["Limits", nio("NIOCore")]),

    // 2
    .target(
      name: "Identity",
      dependencies: [
        "Limits", "Multiformats", "CSodium", "CCrypto", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Generated/README.md", "Generated/keys.proto", "Generated/envelope.proto"]),
    .target(name: "LuaVM", dependencies: ["Limits", "CLua", "CLuaShim"]),

    // 3: one protocol each
    .target(name: "Multistream", dependencies: ["Limits", "Multiformats", nio("NIOCore")]),
    .target(
      name: "Noise",
      dependencies: [
        "Limits", "Multiformats", "Identity", "CSodium", nio("NIOCore"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Generated/README.md", "Generated/noise.proto"]),
    .target(
      name: "Yamux",
      dependencies: ["Limits", nio("NIOCore"), .product(name: "DequeModule", package: "swift-collections")]),

    // 4
    .target(
      name: "Swarm",
      dependencies: [
        "Limits", "Multiformats", "Identity", "Multistream", "Noise", "Yamux", nio("NIOCore"), nio("NIOPosix"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"), .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Identify/Generated/README.md", "Identify/Generated/identify.proto"]),

    // 5
    .target(
      name: "Gossipsub",
      dependencies: [
        "Limits", "Multiformats", "Identity", "Swarm", nio("NIOCore"), nio("NIOPosix"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"), .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Generated/README.md", "Generated/rpc.proto"]),

    // 6
    .target(
      name: "UniversalConnectivity",
      dependencies: [
        "Limits", "Multiformats", "Identity", "Swarm", "Gossipsub", nio("NIOCore"), nio("NIOPosix"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // 7
    .target(
      name: "BotKit",
      dependencies: [
        "Limits", "LuaVM", "UniversalConnectivity", .product(name: "Logging", package: "swift-log"),
        .product(name: "HeapModule", package: "swift-collections"),
      ]),

    // 8
    .executableTarget(
      name: "uc-bot",
      dependencies: [
        "BotKit", "UniversalConnectivity",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),

    // the other end of `make bench`
    .executableTarget(
      name: "uc-bench",
      dependencies: [
        "UniversalConnectivity", "Swarm", "Identity", "Multiformats", nio("NIOCore"), nio("NIOPosix"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    .testTarget(name: "MultiformatsTests", dependencies: ["Multiformats", nio("NIOCore")]),
    .testTarget(name: "IdentityTests", dependencies: ["Identity"]),
    .testTarget(name: "LuaVMTests", dependencies: ["LuaVM"]),
    .testTarget(name: "MultistreamTests", dependencies: ["Multistream", nio("NIOCore")]),
    .testTarget(name: "NoiseTests", dependencies: ["Noise", nio("NIOCore")]),
    .testTarget(name: "YamuxTests", dependencies: ["Yamux", nio("NIOCore")]),
    .testTarget(name: "SwarmTests", dependencies: ["Swarm", nio("NIOCore"), nio("NIOPosix"), nio("NIOEmbedded")]),
    .testTarget(name: "GossipsubTests", dependencies: ["Gossipsub", "Swarm", nio("NIOCore"), nio("NIOPosix")]),
    .testTarget(
      name: "UniversalConnectivityTests", dependencies: ["UniversalConnectivity", nio("NIOCore"), nio("NIOPosix")]),
    .testTarget(name: "BotKitTests", dependencies: ["BotKit"]),
    .testTarget(name: "uc-botTests", dependencies: ["uc-bot"]),
  ],
  swiftLanguageModes: [.v6]
)

/// A product of swift-nio by name.
func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }
