import Noise
import Testing

@Suite("XX pattern")
struct XXHandshakeTests {
  /// The three messages of a fresh handshake, and each end as it was before it read the one meant for it.
  struct Recording {
    var messages: [[UInt8]] = []
    var readers: [XXHandshake] = []

    init(prologues: ([UInt8], [UInt8]) = ([], []), payload: [UInt8] = [1, 2, 3]) throws {
      var ends = [
        XXHandshake(
          role: .initiator, prologue: prologues.0, staticKey: try .generate(), ephemeralKey: try .generate()),
        XXHandshake(
          role: .responder, prologue: prologues.1, staticKey: try .generate(), ephemeralKey: try .generate()),
      ]
      for turn in 0..<XXHandshake.messageCount {
        messages.append(try ends[turn % 2].write(payload: payload))
        readers.append(ends[1 - turn % 2])
        _ = try ends[1 - turn % 2].read(messages[turn])
      }
    }
  }

  @Test("messages have the lengths of the specification")
  func lengths() throws {
    let recording = try Recording(payload: [])
    #expect(recording.messages.map(\.count) == [32, 96, 64])
    #expect((0...2).map(XXHandshake.overhead(ofMessage:)) == [32, 96, 64])
  }

  @Test("a flip of any bit of message 2 or 3 is found out", arguments: [1, 2])
  func flips(message: Int) throws {
    let recording = try Recording()
    for position in recording.messages[message].indices {
      var altered = recording.messages[message]
      altered[position] ^= 1 << UInt8(position % 8)
      var reader = recording.readers[message]
      // The top bit of a public key is ignored by X25519 itself, but the hash still sees it.
      #expect(throws: NoiseError.self) { try reader.read(altered) }
    }
  }

  @Test("an altered first message is found out by the initiator, in message 2")
  func alteredFirst() throws {
    var initiator = try XXHandshake(role: .initiator, staticKey: .generate(), ephemeralKey: .generate())
    var responder = try XXHandshake(role: .responder, staticKey: .generate(), ephemeralKey: .generate())
    var first = try initiator.write(payload: [5])
    first[32] = 6
    #expect(try responder.read(first) == [6])
    let second = try responder.write(payload: [])
    #expect(throws: NoiseError.handshakeDecryptionFailed(message: 2)) { try initiator.read(second) }
  }

  @Test("a message cut short anywhere is refused", arguments: 0...2)
  func truncation(message: Int) throws {
    let recording = try Recording(payload: [])
    for length in recording.messages[message].indices {
      var reader = recording.readers[message]
      #expect(throws: NoiseError.handshakeDecryptionFailed(message: message + 1)) {
        try reader.read(Array(recording.messages[message].prefix(length)))
      }
    }
  }

  @Test("ends with different prologues do not understand each other")
  func prologueMismatch() {
    #expect(throws: NoiseError.handshakeDecryptionFailed(message: 2)) { try Recording(prologues: ([1], [2])) }
  }

  @Test("nobody can write or read out of turn, or take the keys early or twice")
  func turns() throws {
    var initiator = try XXHandshake(role: .initiator, staticKey: .generate(), ephemeralKey: .generate())
    var responder = try XXHandshake(role: .responder, staticKey: .generate(), ephemeralKey: .generate())
    #expect(throws: NoiseError.outOfTurn) { try responder.write(payload: []) }
    #expect(throws: NoiseError.outOfTurn) { try initiator.read([UInt8](repeating: 1, count: 32)) }
    #expect(initiator.split() == nil)
    _ = try responder.read(initiator.write(payload: []))
    #expect(throws: NoiseError.outOfTurn) { try initiator.write(payload: []) }
    _ = try initiator.read(responder.write(payload: []))
    #expect(responder.split() == nil)
    _ = try responder.read(initiator.write(payload: []))
    #expect(throws: NoiseError.outOfTurn) { try responder.write(payload: []) }
    #expect(throws: NoiseError.outOfTurn) { try initiator.read([]) }
    #expect(initiator.split() != nil)
    #expect(initiator.split() == nil)
  }
}
