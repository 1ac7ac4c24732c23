import Identity
import Limits
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

private let id = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"

@Suite("A chat payload")
struct ChatPayloadTests {
  private func read(_ text: String) -> ChatPayload? { ChatPayload(ByteBuffer(string: text)) }

  @Test("in the flat protobuf is known by the peer id in it")
  func flat() throws {
    let text = "Hello from \(id)!"
    let bytes = [0x0A, 0x34] + Array(id.utf8) + [0x12, 0x40] + Array(text.utf8) + hex("1880e2cfaa06")
    let payload = try #require(ChatPayload(ByteBuffer(bytes: bytes)))
    #expect(payload.format == .flat && payload.kind == .chat)
    #expect(payload.text == text && payload.sender == id && payload.timestamp == 1_700_000_000)
    #expect(ChatPayload(ByteBuffer(bytes: bytes + [0x20, 0x01]))?.kind == .file)
    #expect(ChatPayload(ByteBuffer(bytes: bytes + [0x20, 0x02]))?.kind == .signalling)
    #expect(ChatPayload(ByteBuffer(bytes: bytes + [0x20, 0x63]))?.kind == .chat)
    // Without a peer id it is neither form.
    #expect(ChatPayload(ByteBuffer(bytes: [0x0A, 0x03, 0x61, 0x62, 0x63, 0x12, 0x01, 0x64])) == nil)
  }

  @Test("in the oneof protobuf is chat, a file without its bytes, or signalling")
  func oneof() throws {
    let chat = try #require(ChatPayload(ByteBuffer(bytes: hex("0a070a0568656c6c6f"))))
    #expect(chat.format == .oneof && chat.kind == .chat && chat.text == "hello")
    let file = try #require(
      ChatPayload(ByteBuffer(bytes: hex("12090a016110ac021a01ff"))))
    #expect(file.kind == .file && file.text == "a" && file.file == ChatPayload.File(name: "a", size: 300))
    #expect(ChatPayload(ByteBuffer(bytes: hex("1a030a0178")))?.kind == .signalling)
    let peer = [0x22, 0x36, 0x0A, 0x34] + Array(id.utf8)
    #expect(ChatPayload(ByteBuffer(bytes: peer))?.sender == id)
    // A field more, or a name too few, and it is no such message.
    #expect(ChatPayload(ByteBuffer(bytes: hex("0a070a0568656c6c6f 2801"))) == nil)
    #expect(ChatPayload(ByteBuffer(bytes: hex("1200"))) == nil)
  }

  @Test("in JSON is known by its keys, in all the five ways that are about")
  func json() throws {
    let seed = try #require(
      read(#"{"message": "h\u00e9 \ud83d\ude00", "sender_id": "Qm1", "sender_nick": "alice", "timestamp": 1.5e9}"#))
    #expect(seed.format == .json && seed.text == "hé 😀" && seed.sender == "Qm1" && seed.nick == "alice")
    #expect(seed.timestamp == 1_500_000_000)
    let lesson6 = try #require(read(#"{"from":"Qm2","message":"m","timestamp":"soon","message_type":0}"#))
    #expect(lesson6.text == "m" && lesson6.sender == "Qm2" && lesson6.timestamp == nil)
    let dotnet = try #require(read(#"{"Message":"m","SenderID":"Qm3","SenderNick":"n"}"#))
    #expect(dotnet.text == "m" && dotnet.sender == "Qm3" && dotnet.nick == "n")
    #expect(read(#"{"type":1,"chat":{"message":"m"}}"#)?.text == "m")
    let file = try #require(read(#"{"type":2,"file":{"name":"a.txt","size":3,"data":"YWJj"}}"#))
    #expect(file.kind == .file && file.file == ChatPayload.File(name: "a.txt", size: 3))
    let peer = read(#"{"type":3,"browserPeerDiscovery":{"peerId":"Qm4","multiaddrs":[]}}"#)
    #expect(peer?.kind == .signalling && peer?.sender == "Qm4")
    let shared = #"[FILE]{"cid":"0155","filename":"b","filesize":7}"#
    let offer = try #require(read(shared))
    #expect(offer.format == .fileText && offer.text == shared)
    #expect(offer.file == ChatPayload.File(name: "b", size: 7))
  }

  @Test(
    "that is nothing known is text",
    arguments: [
      "hello", "", "\nhello", "\n", #""quoted""#, "{}", #"{"message":"no author"}"#, #"{"message":1,"from":"x"}"#,
      #"{"type":9}"#, #"{"type":1,"chat":{}}"#, #"{"type":1e99,"chat":{"message":"m"}}"#, "{not json}", "[FILE]",
      "[FILE]{}", "[1,2]", #"{"message":"m","from":"x"} and more"#, #"{"message":"m","from":"x",}"#,
      #"{"message":"m","from":"\x"}"#, "{\"message\":\"m\n\",\"from\":\"x\"}", #"{"message":"m","from":01}"#,
    ])
  func text(_ text: String) throws {
    #expect(read(text) == nil)
    let message = ChatMessage(
      id: [1], from: try peer(1), data: ByteBuffer(string: text), room: "r", receivedNanos: 0)
    #expect(message.text == text && message.format == .raw && message.kind == .chat && message.isUTF8)
  }

  @Test("cannot make the reader go deeper, keep more, or take longer than the bounds say")
  func bounds() throws {
    func nested(_ levels: Int) -> String {
      #"{"message":"m","from":"x","more":"# + String(repeating: "[", count: levels)
        + String(repeating: "]", count: levels) + "}"
    }
    #expect(read(nested(Limits.Chat.jsonDepth - 1)) != nil)
    #expect(read(nested(Limits.Chat.jsonDepth)) == nil)
    #expect(read(nested(10_000)) == nil)

    func long(_ values: Int) -> String {
      #"{"message":"m","from":"x","more":["# + Array(repeating: "1", count: values).joined(separator: ",") + "]}"
    }
    #expect(read(long(Limits.Chat.jsonValues - 4)) != nil)
    #expect(read(long(Limits.Chat.jsonValues - 3)) == nil)
    #expect(
      read(#"{"message":"m","from":"x","n":"# + String(repeating: "1", count: Limits.Chat.jsonNumber) + "}") != nil)
    #expect(
      read(#"{"message":"m","from":"x","n":"# + String(repeating: "1", count: Limits.Chat.jsonNumber + 1) + "}") == nil)

    func sized(_ bytes: Int) -> String {
      let frame = #"{"message":"","from":"x"}"#
      return #"{"message":""# + String(repeating: "m", count: bytes - frame.utf8.count) + #"","from":"x"}"#
    }
    let largest = try #require(read(sized(Limits.Chat.structured)))
    #expect(read(sized(Limits.Chat.structured + 1)) == nil)
    let message = ChatMessage(
      id: [1], from: try peer(1), data: ByteBuffer(string: sized(Limits.Chat.structured)), room: "r", receivedNanos: 0)
    #expect(message.text.utf8.count == Limits.Chat.text && message.truncated && message.payload == largest)

    let boasting = try #require(
      read(
        #"{"message":"m","sender_id":"\#(String(repeating: "i", count: 999))","#
          + #""sender_nick":"\#(String(repeating: "ä", count: 999))"}"#))
    #expect(boasting.nick?.utf8.count == Limits.Chat.nick && boasting.sender?.utf8.count == Limits.PeerID.text)
    let named = read(#"{"type":2,"file":{"name":"\#(String(repeating: "f", count: 999))","size":-1}}"#)
    #expect(named?.file == ChatPayload.File(name: String(repeating: "f", count: Limits.Chat.fileName), size: 0))
  }

  @Test("of any bytes is read without harm, and its text is bounded")
  func hostile() throws {
    let author = try peer(1)
    let flat = [0x0A, 0x34] + Array(id.utf8) + hex("1203616263 1880e2cfaa06 2001")
    let json = Array(
      #"{"message":"h\ud83d\ude00","sender_id":"Q","sender_nick":"a","timestamp":-1.5e-3,"x":[null,true]}"#.utf8)
    let seeds = [
      flat, hex("0a070a0568656c6c6f"), hex("12090a016110ac021a01ff"), json,
      Array(#"[FILE]{"cid":"0155","filename":"b","filesize":7}"#.utf8),
    ]
    var generator = SplitMix64(seed: 8)
    var readable = 0
    for _ in 0..<4_000 {
      let bytes = mutated(seeds[Int.random(in: 0..<seeds.count, using: &generator)], with: &generator)
      let message = ChatMessage(
        id: [1], from: author, data: ByteBuffer(bytes: bytes), room: "r", receivedNanos: 0)
      #expect(message.text.utf8.count <= Limits.Chat.text)
      if message.payload != nil { readable += 1 }
    }
    // Else the mutations would all have been turned down at the first byte.
    #expect(readable > 200)
  }
}

@Suite("A payload codec")
struct PayloadCodecTests {
  private let nanos: Int64 = 1_700_000_000_500_000_000

  private func encoded(_ codec: PayloadCodec, _ text: String = "say \"hi\"\n") throws -> ByteBuffer {
    try codec.encode(ByteBuffer(string: text), from: PeerID(id), nick: "alice", unixNanos: nanos)
  }

  @Test("writes what the workshop and the seed read", arguments: PayloadCodec.allCases)
  func vectors(_ codec: PayloadCodec) throws {
    switch codec {
    case .raw: #expect(try encoded(codec) == ByteBuffer(string: "say \"hi\"\n"))
    case .flat:
      let text = "Hello from \(id)!"
      #expect(
        try encoded(codec, text).bytes
          == [0x0A, 0x34] + Array(id.utf8) + [0x12, 0x40] + Array(text.utf8) + hex("1880e2cfaa06"))
    case .oneof: #expect(try encoded(codec, "hello").bytes == hex("0a070a0568656c6c6f"))
    case .json:
      #expect(
        try String(buffer: encoded(codec)) == #"{"message":"say \"hi\"\n","sender_id":"\#(id)","sender_nick":"alice","#
          + #""timestamp":1700000000.5}"#)
    }
  }

  @Test("writes what the reader gives back", arguments: PayloadCodec.allCases)
  func roundTrip(_ codec: PayloadCodec) throws {
    let text = "ä \u{0} \u{7F} \u{2028} 😀 {\"message\":\"m\",\"from\":\"x\"}"
    let message = ChatMessage(
      id: [1], from: try PeerID(id), data: try encoded(codec, text), room: "r", receivedNanos: 0)
    #expect(message.text == text)
    #expect(message.format.rawValue == codec.rawValue)
    #expect(message.payload?.nick == (codec == .json ? "alice" : nil))
    #expect(message.payload?.sender == (codec == .json || codec == .flat ? id : nil))
  }

  @Test("other than raw refuses what is not text", arguments: PayloadCodec.allCases)
  func binary(_ codec: PayloadCodec) throws {
    let bytes = ByteBuffer(bytes: [0x68, 0xFF])
    if codec == .raw {
      #expect(try codec.encode(bytes, from: PeerID(id), nick: "", unixNanos: 0) == bytes)
    } else {
      #expect(throws: PayloadError.notText) {
        try codec.encode(bytes, from: PeerID(id), nick: "", unixNanos: 0)
      }
    }
  }

  @Test("of the seed's JSON reads exactly the seed's keys, and says which one is missing")
  func seed() throws {
    let full = JSONChatMessage(message: "m", senderID: "i", senderNick: "n", timestamp: 1.25)
    #expect(try JSONChatMessage(json: Array(full.json.utf8)) == full)
    let untimed = Array(#"{"sender_nick":"n","message":"m","sender_id":"i","extra":[]}"#.utf8)
    #expect(try JSONChatMessage(json: untimed).timestamp == nil)
    func failure(_ text: String) -> JSONChatError? {
      do { _ = try JSONChatMessage(json: Array(text.utf8)) } catch { return error }
      return nil
    }
    #expect(failure("no json") == .notAnObject)
    #expect(failure(#"{"message":"m","sender_id":"i"}"#) == .missing("sender_nick"))
    #expect(failure(#"{"sender_id":"i","sender_nick":"n"}"#) == .missing("message"))
    #expect(failure(#"{"message":"m","sender_id":1,"sender_nick":"n"}"#) == .wrongType("sender_id"))
    #expect(failure(#"{"message":"m","sender_id":"i","sender_nick":"n","timestamp":"x"}"#) == .wrongType("timestamp"))
  }
}
