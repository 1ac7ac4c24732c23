/// The kinds of keys that a libp2p peer can have; the raw value stands in the key's protobuf.
public enum KeyType: UInt8, Sendable, CaseIterable {
  case rsa = 0
  case ed25519 = 1
  case secp256k1 = 2
  case ecdsa = 3
}

extension KeyType: CustomStringConvertible {
  /// The usual name.
  public var description: String {
    switch self {
    case .rsa: "RSA"
    case .ed25519: "Ed25519"
    case .secp256k1: "secp256k1"
    case .ecdsa: "ECDSA"
    }
  }
}
