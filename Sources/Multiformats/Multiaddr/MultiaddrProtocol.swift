/// A protocol that an address can name. The raw value is its multicodec number, as written in binary addresses.
///
/// All are parsed, few are dialled: an address that a peer tells us has to survive being passed on.
public enum MultiaddrProtocol: UInt64, CaseIterable, Sendable {
  case ip4 = 4
  case tcp = 6
  case dccp = 33
  case ip6 = 41
  case ip6zone = 42
  case ipcidr = 43
  case dns = 53
  case dns4 = 54
  case dns6 = 55
  case dnsaddr = 56
  case sctp = 132
  case udp = 273
  case webrtcStar = 275
  case p2pWebRTCDirect = 276
  case webrtcDirect = 280
  case webrtc = 281
  case p2pCircuit = 290
  case udt = 301
  case utp = 302
  case unix = 400
  case p2p = 421
  case https = 443
  case onion = 444
  case onion3 = 445
  case garlic64 = 446
  case garlic32 = 447
  case tls = 448
  case sni = 449
  case noise = 454
  case quic = 460
  case quicV1 = 461
  case webtransport = 465
  case certhash = 466
  case ws = 477
  case wss = 478
  case webSocketStar = 479
  case http = 480
  case httpPath = 481
  case memory = 777
  case plaintextV2 = 7_367_777

  /// The protocol's multicodec number.
  public var code: UInt64 { rawValue }

  /// How many bytes a protocol's value has.
  public enum Size: Hashable, Sendable {
    /// So many, none before them. Zero: the protocol has no value.
    case fixed(Int)
    /// As many as the varint before them says.
    case lengthPrefixed
  }

  /// The size of the protocol's value.
  public var size: Size {
    switch self {
    case .ip4: .fixed(4)
    case .ip6: .fixed(16)
    case .ipcidr: .fixed(1)
    case .tcp, .udp, .dccp, .sctp: .fixed(2)
    case .onion: .fixed(12)
    case .onion3: .fixed(37)
    case .memory: .fixed(8)
    case .ip6zone, .dns, .dns4, .dns6, .dnsaddr, .unix, .p2p, .garlic64, .garlic32, .sni, .certhash, .httpPath:
      .lengthPrefixed
    default: .fixed(0)
    }
  }

  /// Whether the protocol's value is the whole rest of the text, slashes and all; nothing can follow it.
  public var isPath: Bool { self == .unix }

  /// The name in text addresses.
  public var name: String {
    switch self {
    case .ip4: "ip4"
    case .tcp: "tcp"
    case .dccp: "dccp"
    case .ip6: "ip6"
    case .ip6zone: "ip6zone"
    case .ipcidr: "ipcidr"
    case .dns: "dns"
    case .dns4: "dns4"
    case .dns6: "dns6"
    case .dnsaddr: "dnsaddr"
    case .sctp: "sctp"
    case .udp: "udp"
    case .webrtcStar: "p2p-webrtc-star"
    case .p2pWebRTCDirect: "p2p-webrtc-direct"
    case .webrtcDirect: "webrtc-direct"
    case .webrtc: "webrtc"
    case .p2pCircuit: "p2p-circuit"
    case .udt: "udt"
    case .utp: "utp"
    case .unix: "unix"
    case .p2p: "p2p"
    case .https: "https"
    case .onion: "onion"
    case .onion3: "onion3"
    case .garlic64: "garlic64"
    case .garlic32: "garlic32"
    case .tls: "tls"
    case .sni: "sni"
    case .noise: "noise"
    case .quic: "quic"
    case .quicV1: "quic-v1"
    case .webtransport: "webtransport"
    case .certhash: "certhash"
    case .ws: "ws"
    case .wss: "wss"
    case .webSocketStar: "p2p-websocket-star"
    case .http: "http"
    case .httpPath: "http-path"
    case .memory: "memory"
    case .plaintextV2: "plaintextv2"
    }
  }

  private static let byName: [String: MultiaddrProtocol] = {
    var table = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
    // The name of `/p2p` before 2019.
    table["ipfs"] = .p2p
    return table
  }()

  /// The protocol with this name in text addresses; `ipfs` is an old name of `p2p`.
  public init?(name: String) {
    guard let found = Self.byName[name] else { return nil }
    self = found
  }
}
