import Limits

/// Why bytes are not a key, or a key cannot be used.
public enum KeyError: Error, Hashable, Sendable {
  /// The protobuf is longer than any key.
  case tooLong(length: Int, limit: Int)
  /// The bytes are not the deterministic protobuf of a key (libp2p/specs peer-ids.md, "Keys").
  case notDeterministic
  /// There is no key type of this number.
  case unknownType(Int)
  /// The key data have another length than keys of that type.
  case wrongLength(KeyType, found: Int, expected: Int)
  /// The key data are not a key of that type; the text says what is wrong.
  case malformed(KeyType, String)
  /// The RSA modulus has so many bits, fewer or more than are accepted.
  case rsaSize(bits: Int)
  /// The public key inside a private key is not the one that belongs to it.
  case inconsistent(KeyType)
  /// Private keys of this type are not supported, only public ones.
  case unsupportedPrivateKey(KeyType)
  /// The library that makes signatures failed.
  case signingFailed(KeyType)
}

extension KeyError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    switch self {
    case .tooLong(let length, let limit): "key of \(length) bytes, expected at most \(limit)"
    case .notDeterministic: "not a libp2p key: expected a protobuf of type, then data, in shortest form"
    case .unknownType(let type): "key type \(type) is unknown, expected 0 (RSA) to 3 (ECDSA)"
    case .wrongLength(let type, let found, let expected): "\(type) key of \(found) bytes, expected \(expected)"
    case .malformed(let type, let problem): "\(type) key: \(problem)"
    case .rsaSize(let bits):
      "RSA key of \(bits) bits, expected \(Limits.Keys.rsaBits.lowerBound) to \(Limits.Keys.rsaBits.upperBound)"
    case .inconsistent(let type): "\(type) private key holds a public key that does not belong to it"
    case .unsupportedPrivateKey(let type): "\(type) private keys cannot be used here, expected Ed25519 or RSA"
    case .signingFailed(let type): "\(type) signature could not be made"
    }
  }
}
