import Multiformats
import SwiftProtobuf

/// The protobuf around a key, in the one form that peer-ids.md allows: type, then data, shortest varints, nothing else.
///
/// A peer id is a hash of these bytes; a second spelling would be a second id for the same key.
enum KeyCoding {
  /// The one encoding of a key.
  static func encode(_ type: KeyType, _ data: some Collection<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = [0x08, type.rawValue, 0x12]
    bytes.reserveCapacity(data.count + 6)
    Varint.append(UInt64(data.count), to: &bytes)
    bytes.append(contentsOf: data)
    return bytes
  }

  /// Reads a public key.
  static func decodePublic(_ bytes: [UInt8]) throws(KeyError) -> (type: KeyType, data: [UInt8]) {
    guard let message = try? ProtoPublicKey(serializedBytes: bytes), message.isInitialized else {
      throw unreadable(bytes)
    }
    return try deterministic(message.type.rawValue, Array(message.data), bytes)
  }

  /// Reads a private key.
  static func decodePrivate(_ bytes: [UInt8]) throws(KeyError) -> (type: KeyType, data: [UInt8]) {
    guard let message = try? ProtoPrivateKey(serializedBytes: bytes), message.isInitialized else {
      throw unreadable(bytes)
    }
    return try deterministic(message.type.rawValue, Array(message.data), bytes)
  }

  private static func deterministic(
    _ type: Int, _ data: [UInt8], _ bytes: [UInt8]
  ) throws(KeyError) -> (type: KeyType, data: [UInt8]) {
    guard let type = UInt8(exactly: type).flatMap(KeyType.init(rawValue:)) else { throw .unknownType(type) }
    guard encode(type, data) == bytes else { throw .notDeterministic }
    return (type, data)
  }

  /// swift-protobuf counts an enum value that it does not know as a missing field: say what it is.
  private static func unreadable(_ bytes: [UInt8]) -> KeyError {
    if bytes.first == 0x08, let type = try? Varint.decode(bytes.dropFirst()).value, type > 3 {
      return .unknownType(Int(exactly: type) ?? .max)
    }
    return .notDeterministic
  }
}
