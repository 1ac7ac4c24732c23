import NIOCore
import TestSupport
import Testing

import Multistream

/// Both ends together, over a pipe that cuts the bytes as it likes.
struct Conversation {
  var dialer: Dialer
  var listener: Listener
  var toListener = ByteBuffer()
  var toDialer = ByteBuffer()
  var dialerAgreed: String?
  var listenerAgreed: String?

  init(dialer: Dialer, listener: Listener) {
    self.dialer = dialer
    self.listener = listener
  }

  /// Runs until nothing moves; `cut` says how many of the bytes on their way arrive next.
  mutating func run(firstBytes: [UInt8] = [], cut: (Int) -> Int) throws {
    var onTheWayToListener = dialer.start()
    var onTheWayToDialer = ByteBuffer()
    if dialer.isLazy { onTheWayToListener.writeBytes(firstBytes) }
    while onTheWayToListener.readableBytes > 0 || onTheWayToDialer.readableBytes > 0 {
      Self.move(cut, from: &onTheWayToListener, to: &toListener)
      for output in try listener.receive(&toListener) {
        switch output {
        case .send(var bytes): onTheWayToDialer.writeBuffer(&bytes)
        case .agreed(let name): listenerAgreed = name
        }
      }
      Self.move(cut, from: &onTheWayToDialer, to: &toDialer)
      for output in try dialer.receive(&toDialer) {
        switch output {
        case .send(var bytes): onTheWayToListener.writeBuffer(&bytes)
        case .agreed(let name): dialerAgreed = name
        }
      }
    }
  }

  private static func move(_ cut: (Int) -> Int, from source: inout ByteBuffer, to target: inout ByteBuffer) {
    guard source.readableBytes > 0 else { return }
    if var part = source.readSlice(length: min(source.readableBytes, max(1, cut(source.readableBytes)))) {
      target.writeBuffer(&part)
    }
  }
}

@Suite("Dialer and listener together")
struct ConversationTests {
  @Test("the first protocol that the listener has is agreed on, whatever the cuts", arguments: 1...40)
  func selectsOne(chunk: Int) throws {
    var talk = Conversation(
      dialer: Dialer(protocols: ["/d", "/e", "/c"]), listener: Listener(protocols: ["/a", "/c"]))
    try talk.run { _ in chunk }
    #expect(talk.dialerAgreed == "/c")
    #expect(talk.listenerAgreed == "/c")
  }

  @Test("what a lazy dialer writes at once arrives whole, whatever the cuts", arguments: 1...60)
  func lazy(chunk: Int) throws {
    let hello = Array("hello\n/noise\n".utf8)
    var talk = Conversation(
      dialer: Dialer(protocols: ["/meshsub/1.2.0"], lazy: true), listener: Listener(protocols: ["/meshsub/1.2.0"]))
    try talk.run(firstBytes: hello) { _ in chunk }
    #expect(talk.dialerAgreed == "/meshsub/1.2.0")
    #expect(talk.listenerAgreed == "/meshsub/1.2.0")
    #expect(talk.toListener.bytes == hello)
  }

  @Test("when nothing is shared the dialer learns it and the listener agrees to nothing")
  func selectFails() {
    var talk = Conversation(dialer: Dialer(protocols: ["/d", "/e"]), listener: Listener(protocols: ["/a"]))
    #expect(throws: MultistreamError.notSupported(["/d", "/e"])) { try talk.run { $0 } }
    #expect(talk.listenerAgreed == nil)
  }

  @Test("random bytes, alone or behind a good start, never trap and never agree", arguments: 0..<8 as Range<UInt64>)
  func fuzz(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for round in 0..<500 {
      let noise = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let start = round.isMultiple(of: 2) ? header : []
      var listener = Listener(protocols: ["/noise"])
      var incoming = buffer(start, noise)
      let heard = try? listener.receive(&incoming)
      #expect(heard?.contains(.agreed("/noise")) != true)
      var dialer = Dialer(protocols: ["/noise", "/tls/1.0.0"])
      incoming = buffer(start, noise)
      #expect((try? dialer.receive(&incoming))?.contains(.agreed("/noise")) != true)
    }
  }

  @Test("one flipped bit in a good conversation never makes the ends disagree", arguments: 0..<4 as Range<UInt64>)
  func mutations(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let good = header + line("/libp2p/simultaneous-connect") + line("/noise")
    for _ in 0..<500 {
      var bad = good
      bad[Int.random(in: 0..<bad.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
      var whole = Listener(protocols: ["/noise"])
      var cut = Listener(protocols: ["/noise"])
      var incoming = buffer(bad)
      let atOnce = Result { try whole.receive(&incoming) }
      // The same bytes one by one: the same protocol and the same answers, or the same error.
      var pieces = ByteBuffer()
      let byteByByte = Result {
        try bad.flatMap { byte in
          pieces.writeInteger(byte)
          return try cut.receive(&pieces)
        }
      }
      switch (atOnce, byteByByte) {
      case (.success(let one), .success(let other)):
        #expect(Self.sent(one) == Self.sent(other))
        #expect(one.contains(.agreed("/noise")) == other.contains(.agreed("/noise")))
      case (.failure(let one), .failure(let other)):
        #expect(one as? MultistreamError == other as? MultistreamError)
      default: Issue.record("one way of cutting failed and the other did not: \(bad)")
      }
    }
  }

  private static func sent(_ outputs: [MultistreamOutput]) -> [UInt8] {
    outputs.reduce(into: []) { sent, output in
      if case .send(let bytes) = output { sent += bytes.bytes }
    }
  }
}
