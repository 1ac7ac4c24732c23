import Identity
import NIOCore

/// The formats, one by one. Each reader is strict: what it is not sure of is left to the next, and in the end is text.
extension ChatPayload {
  /// Recognised by its first field, which is a peer id.
  static func flat(_ data: ByteBuffer) -> ChatPayload? {
    guard let message = try? ProtoFlatChat(serializedBytes: Array(data.readableBytesView)),
      (try? PeerID(message.from)) != nil
    else { return nil }
    let kind: Kind
    switch message.messageType {
    case .file: kind = .file
    case .browserPeerDiscovery: kind = .signalling
    case .chat, .UNRECOGNIZED: kind = .chat
    }
    return ChatPayload(
      .flat, kind, text: message.message, sender: message.from, timestamp: Double(message.timestamp),
      file: kind == .file ? File(name: message.message, size: 0) : nil)
  }

  /// Recognised by being nothing but one of the four messages.
  static func oneof(_ data: ByteBuffer) -> ChatPayload? {
    guard let message = try? ProtoOneofChat(serializedBytes: Array(data.readableBytesView)),
      message.unknownFields.data.isEmpty
    else { return nil }
    switch message.message {
    case .chat(let chat) where chat.unknownFields.data.isEmpty:
      return ChatPayload(.oneof, text: chat.message)
    case .file(let file) where file.unknownFields.data.isEmpty && !file.name.isEmpty:
      return ChatPayload(.oneof, .file, text: file.name, file: File(name: file.name, size: file.size))
    case .webrtc(let webrtc) where webrtc.unknownFields.data.isEmpty && !webrtc.data.isEmpty:
      return ChatPayload(.oneof, .signalling, text: "")
    case .browserPeerDiscovery(let peer) where peer.unknownFields.data.isEmpty && (try? PeerID(peer.peerID)) != nil:
      return ChatPayload(.oneof, .signalling, text: "", sender: peer.peerID)
    default:
      return nil
    }
  }

  /// The objects of several applications, told apart by their keys; any other object is what somebody typed.
  static func json(_ members: [String: JSONValue]) -> ChatPayload? {
    if let text = members["message"]?.string {
      // The seed and py-peer; lesson 6 of the Python workshop.
      let sender = members["sender_id"]?.string ?? members["from"]?.string
      let nick = members["sender_nick"]?.string
      guard sender != nil || nick != nil else { return nil }
      return ChatPayload(.json, text: text, sender: sender, nick: nick, timestamp: members["timestamp"]?.number)
    }
    if let text = members["Message"]?.string {
      // The dotnet peer.
      let sender = members["SenderID"]?.string
      let nick = members["SenderNick"]?.string
      guard sender != nil || nick != nil else { return nil }
      return ChatPayload(.json, text: text, sender: sender, nick: nick)
    }
    // Lesson 8 of the JavaScript workshop.
    switch members["type"]?.integer {
    case 1:
      return (members["chat"]?.object?["message"]?.string).map { ChatPayload(.json, text: $0) }
    case 2:
      guard let file = members["file"]?.object, let name = file["name"]?.string else { return nil }
      return ChatPayload(
        .json, .file, text: name, file: File(name: name, size: file["size"]?.integer ?? 0))
    case 3:
      guard let peer = members["browserPeerDiscovery"]?.object else { return nil }
      return ChatPayload(.json, .signalling, text: "", sender: peer["peerId"]?.string)
    default:
      return nil
    }
  }

  /// py-peer's offer of a file over Bitswap: `[FILE]{"cid":…,"filename":…,"filesize":…}`. Who cannot fetch it that way
  /// sees the text.
  static func fileText(_ data: ByteBuffer) -> ChatPayload? {
    let bytes = data.readableBytesView
    let prefix = "[FILE]"
    guard bytes.starts(with: prefix.utf8), let whole = String(validating: bytes, as: UTF8.self),
      let members = JSONValue(Array(bytes.dropFirst(prefix.utf8.count)))?.object,
      let name = members["filename"]?.string
    else { return nil }
    return ChatPayload(
      .fileText, .file, text: whole, file: File(name: name, size: members["filesize"]?.integer ?? 0))
  }
}
