import Limits

/// Why a message, or a record in one, was not taken.
public enum KadFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes are no message.
  case malformed
  /// The message is longer than any is read.
  case tooLong(bytes: UInt64, limit: Int)
  /// The number says nothing.
  case unknownType(Int32)
  /// There has to be a key.
  case noKey
  /// The key is longer than any is taken.
  case keyTooLong(bytes: Int, limit: Int)
  /// The answer is to something else.
  case wrongType
  /// Nothing to be stored, or something other than was said.
  case badRecord(String)
  /// Nobody knows what values of this namespace are worth.
  case unknownNamespace
  /// There is a better one already.
  case olderRecord
  /// Providers speak for themselves only.
  case notTheProvider
  /// There is no room.
  case full
  /// The peer asks too often.
  case tooMany

  /// In one line.
  public var description: String {
    switch self {
    case .malformed: "not the protobuf of a Kademlia message"
    case .tooLong(let bytes, let limit): "message of \(bytes) bytes, the limit is \(limit)"
    case .unknownType(let number): "message of the unknown type \(number)"
    case .noKey: "message without a key"
    case .keyTooLong(let bytes, let limit): "key of \(bytes) bytes, the limit is \(limit)"
    case .wrongType: "an answer of another type than the request"
    case .badRecord(let why): "record: \(why)"
    case .unknownNamespace: "record of a namespace that is not known here"
    case .olderRecord: "record that is not better than the one that is there"
    case .notTheProvider: "announcement for another peer than the one that sent it"
    case .full: "no room for another record"
    case .tooMany: "more than \(Limits.Kademlia.perMinute) requests in a minute"
    }
  }
}
