import Identity

/// `/pk/<bytes of a peer id>`: the public key of that peer. There is one that is right, so none is better.
public struct PublicKeyValidator: RecordValidator {
  /// The first part of the keys.
  public static let namespace = "pk"

  /// A validator.
  public init() {}

  /// The key of the record of a peer's public key.
  public static func key(of peer: PeerID) -> [UInt8] { Array("/pk/".utf8) + peer.bytes }

  /// Whether the value is the public key of the peer that the key names.
  public func validate(key: [UInt8], value: [UInt8]) throws(KadFault) {
    guard key.starts(with: "/pk/".utf8), let peer = try? PeerID(bytes: key.dropFirst(4)) else {
      throw .badRecord("no peer id behind /pk/")
    }
    let publicKey: PublicKey
    do { publicKey = try PublicKey(protobuf: value) } catch { throw .badRecord("\(error)") }
    guard peer.matches(publicKey) else { throw .badRecord("the key is not that of \(peer)") }
  }

  /// Never: two valid values say the same.
  public func isBetter(_ value: [UInt8], than other: [UInt8], key: [UInt8]) -> Bool { false }
}
