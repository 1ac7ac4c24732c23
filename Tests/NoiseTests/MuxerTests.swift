import Identity
import Limits
import Noise
import TestSupport
import Testing

/// Agreement on the muxer inside the handshake, and case 19.
@Suite("Early muxer negotiation")
struct MuxerTests {
  static let yamux = "/yamux/1.0.0"
  static let mplex = "/mplex/6.7.0"

  @Test(
    "the first of the initiator's list that both have, if both sent a list",
    arguments: [
      ([yamux], [yamux], yamux as String?),
      ([mplex, yamux], [yamux, mplex], mplex),
      ([yamux, mplex], [mplex, yamux], yamux),
      (["/quic-mux", mplex, yamux], [yamux, mplex], mplex),
      ([yamux, yamux], [yamux, yamux, yamux], yamux),
      ([yamux], [], nil),
      ([], [yamux], nil),
      ([], [], nil),
    ])
  func matrix(initiator: [String], responder: [String], agreed: String?) throws {
    let ends = Ends()
    let sessions = try shakeHands(ends.initiator(muxers: initiator), ends.responder(muxers: responder))
    #expect(sessions.initiator?.muxer == agreed)
    #expect(sessions.responder?.muxer == agreed)
    #expect(sessions.initiator != nil && sessions.responder != nil)
  }

  @Test("two lists with nothing in common end the handshake, at the dialer first")
  func noOverlap() throws {
    let ends = Ends()
    #expect(throws: NoiseError.noCommonMuxer(ours: [Self.yamux], theirs: [Self.mplex])) {
      try shakeHands(ends.initiator(muxers: [Self.yamux]), ends.responder(muxers: [Self.mplex]))
    }
    var stranger = try Stranger(.initiator)
    var listener = try ends.responder(muxers: [Self.mplex])
    let payload = try stranger.payload(identity: ends.dialer, extensions: muxerExtension([Self.yamux]))
    #expect(throws: NoiseError.noCommonMuxer(ours: [Self.mplex], theirs: [Self.yamux])) {
      try stranger.dial(&listener, with: payload)
    }
  }

  @Test("without anything to offer, no extension is sent at all")
  func noExtension() throws {
    var stranger = try Stranger(.initiator)
    var listener = try Ends().responder()
    var first = framed(try stranger.handshake.write(payload: []))
    guard case .send(let second)? = try listener.receive(&first).first else { Issue.record("no answer"); return }
    let payload = try stranger.handshake.read(Array(second.bytes.dropFirst(2)))
    // Ed25519: key of 36 bytes and signature of 64, each behind tag and length, and nothing else.
    #expect(payload.count == 2 + 36 + 2 + 64)
  }

  @Test("an extension without muxers is as good as none")
  func emptyList() throws {
    let ends = Ends()
    var stranger = try Stranger(.initiator)
    var listener = try ends.responder(muxers: [Self.yamux])
    let session = try stranger.dial(&listener, with: stranger.payload(identity: ends.dialer, extensions: [])).session
    #expect(session != nil)
    #expect(session?.muxer == nil)
  }

  @Test("certificate hashes and unknown extensions of the peer do no harm")
  func otherExtensions() throws {
    let ends = Ends()
    var stranger = try Stranger(.initiator)
    var listener = try ends.responder(muxers: [Self.yamux])
    let extensions = field(1, [0x12, 0x20]) + field(3, [1]) + muxerExtension(["/other", Self.yamux])
    let session = try stranger.dial(&listener, with: stranger.payload(identity: ends.dialer, extensions: extensions))
      .session
    #expect(session?.muxer == Self.yamux)
  }

  @Test("a list as long as the limit is read, a longer one refused")
  func longList() throws {
    let limit = Limits.Noise.muxers
    let ends = Ends()
    let others = (1..<limit).map { "/m/\($0)" }
    var stranger = try Stranger(.initiator)
    var listener = try ends.responder(muxers: [Self.yamux])
    var payload = try stranger.payload(identity: ends.dialer, extensions: muxerExtension(others + [Self.yamux]))
    #expect(try stranger.dial(&listener, with: payload).session?.muxer == Self.yamux)

    for count in [limit + 1, 1900] {
      stranger = try Stranger(.initiator)
      listener = try ends.responder(muxers: [Self.yamux])
      payload = try stranger.payload(
        identity: ends.dialer, extensions: muxerExtension([String](repeating: "", count: count)))
      #expect(throws: NoiseError.tooManyMuxers(count: count, limit: limit)) {
        try stranger.dial(&listener, with: payload)
      }
    }
  }

  @Test("ten thousand entries do not even fit a handshake message")
  func hugeList() throws {
    var stranger = try Stranger(.initiator)
    var listener = try Ends().responder(muxers: [Self.yamux])
    let extensions = muxerExtension([String](repeating: "/a", count: 10_000))
    let payload = try stranger.payload(identity: .generate(), extensions: extensions)
    let error = #expect(throws: NoiseError.self) { try stranger.dial(&listener, with: payload) }
    guard case .handshakeMessageLength(message: 3, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
