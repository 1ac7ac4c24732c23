import Limits
import Multiformats
import NIOCore

/// What stands in every request and every answer; those without it are refused by js, and here.
struct DirectMetadata: Sendable, Hashable {
  /// The version that js-peer and node-js-peer tell.
  static let version = "0.0.1"

  /// Unix time in milliseconds.
  var milliseconds: Int64

  fileprivate init?(_ proto: ProtoDirectMetadata, isThere: Bool) {
    guard isThere else { return nil }
    milliseconds = proto.timestamp
  }

  init(milliseconds: Int64) { self.milliseconds = milliseconds }

  fileprivate var proto: ProtoDirectMetadata {
    var proto = ProtoDirectMetadata()
    proto.clientVersion = Self.version
    proto.timestamp = milliseconds
    return proto
  }
}

/// What is wrong with a request or an answer.
enum DirectFault: Error, Hashable, CustomStringConvertible {
  case malformed
  case noMetadata
  case wrongType(String)
  case empty
  case tooLong(Int)

  /// Also what the sender is told.
  var description: String {
    switch self {
    case .malformed: "not a direct message"
    case .noMetadata: "metadata is missing"
    case .wrongType(let type):
      "type is \"\(TerminalText.sanitized(type, limit: 64))\", not \"\(DirectRequest.textType)\""
    case .empty: "content is empty"
    case .tooLong(let bytes): "content has \(bytes) bytes, the limit is \(Limits.Chat.publish)"
    }
  }
}

/// The one message of whoever opened the stream (wire.md §4.3).
struct DirectRequest: Sendable, Hashable {
  /// The only type that js takes.
  static let textType = "text/plain"

  var metadata: DirectMetadata
  var content: String

  init(content: String, milliseconds: Int64) {
    self.content = content
    metadata = DirectMetadata(milliseconds: milliseconds)
  }

  /// Reads a request, its length prefix taken off.
  init(_ body: ByteBuffer) throws(DirectFault) {
    let proto: ProtoDirectRequest
    do {
      proto = try ProtoDirectRequest(serializedBytes: Array(body.readableBytesView))
    } catch {
      throw .malformed
    }
    guard let metadata = DirectMetadata(proto.metadata, isThere: proto.hasMetadata) else { throw .noMetadata }
    guard proto.type == Self.textType else { throw .wrongType(proto.type) }
    guard !proto.content.isEmpty else { throw .empty }
    let length = proto.content.utf8.count
    guard length <= Limits.Chat.publish else { throw .tooLong(length) }
    self.metadata = metadata
    content = proto.content
  }

  /// The request with its length before it.
  func frame() -> ByteBuffer {
    var proto = ProtoDirectRequest()
    proto.metadata = metadata.proto
    proto.content = content
    proto.type = Self.textType
    return framed((try? proto.serializedBytes()) ?? [])
  }
}

/// The answer to it.
struct DirectResponse: Sendable, Hashable {
  enum Status: Sendable, Hashable {
    case ok
    /// Not taken; what is told of the reason.
    case error(String)
  }

  var metadata: DirectMetadata
  var status: Status

  init(status: Status, milliseconds: Int64) {
    self.status = status
    metadata = DirectMetadata(milliseconds: milliseconds)
  }

  /// Reads an answer, its length prefix taken off.
  init(_ body: ByteBuffer) throws(DirectFault) {
    let proto: ProtoDirectResponse
    do {
      proto = try ProtoDirectResponse(serializedBytes: Array(body.readableBytesView))
    } catch {
      throw .malformed
    }
    guard let metadata = DirectMetadata(proto.metadata, isThere: proto.hasMetadata) else { throw .noMetadata }
    self.metadata = metadata
    switch proto.status {
    case .ok: status = .ok
    case .unknown, .error, .UNRECOGNIZED:
      let why = UTF8Text.prefix(of: proto.statusText, limit: Limits.Direct.statusText)
      status = .error(why.isEmpty ? "status \(proto.status.rawValue)" : why)
    }
  }

  /// The answer with its length before it. Status values other than these two make js fail.
  func frame() -> ByteBuffer {
    var proto = ProtoDirectResponse()
    proto.metadata = metadata.proto
    switch status {
    case .ok: proto.status = .ok
    case .error(let why):
      proto.status = .error
      proto.statusText = UTF8Text.prefix(of: why, limit: Limits.Direct.statusText)
    }
    return framed((try? proto.serializedBytes()) ?? [])
  }
}

private func framed(_ body: [UInt8]) -> ByteBuffer {
  var frame = ByteBuffer()
  frame.writeLengthPrefixed(body)
  return frame
}
