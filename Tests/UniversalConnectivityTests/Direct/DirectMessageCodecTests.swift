import Limits
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("The form of a direct message")
struct DirectMessageCodecTests {
  private func body(_ text: String) -> ByteBuffer { ByteBuffer(bytes: hex(text)) }

  @Test("is js-peer's, to the byte")
  func vectors() throws {
    let request = DirectRequest(content: "hi", milliseconds: 1_700_000_000_000)
    #expect(request.frame().bytes == hex("200a0e0a05302e302e311080d095ffbc31120268691a0a746578742f706c61696e"))
    #expect(try DirectRequest(body("0a0e0a05302e302e311080d095ffbc31120268691a0a746578742f706c61696e")) == request)
    let answer = DirectResponse(status: .ok, milliseconds: 1_700_000_000_000)
    #expect(answer.frame().bytes == hex("130a0e0a05302e302e311080d095ffbc3110c801"))
    #expect(try DirectResponse(body("0a0e0a05302e302e311080d095ffbc3110c801")) == answer)
    let refusal = DirectResponse(status: .error("busy"), milliseconds: 0)
    #expect(refusal.frame().bytes == hex("12 0a070a05302e302e31 10f403 1a0462757379"))
  }

  @Test("of a request is refused with the reason")
  func requests() throws {
    func fault(_ text: String) -> DirectFault? {
      do throws(DirectFault) { _ = try DirectRequest(body(text)) } catch { return error }
      return nil
    }
    #expect(fault("120268691a0a746578742f706c61696e") == .noMetadata)
    #expect(fault("0a0012026869") == .wrongType(""))
    #expect(fault("0a00120268691a09746578742f68746d6c") == .wrongType("text/html"))
    #expect(fault("0a001a0a746578742f706c61696e") == .empty)
    #expect(fault("0a001201ff1a0a746578742f706c61696e") == .malformed)
    #expect(fault("ff") == .malformed)
    // Empty metadata is metadata.
    #expect(fault("0a00120268691a0a746578742f706c61696e") == nil)
    func long(_ length: Int) throws -> DirectRequest {
      var frame = DirectRequest(content: String(repeating: "x", count: length), milliseconds: 0).frame()
      #expect(frame.readableBytes <= Limits.Direct.message)
      return try DirectRequest(try #require(try frame.readLengthPrefixed(limit: Limits.Direct.message)))
    }
    #expect(try long(Limits.Chat.publish).content.utf8.count == Limits.Chat.publish)
    #expect(throws: DirectFault.tooLong(Limits.Chat.publish + 1)) { try long(Limits.Chat.publish + 1) }
  }

  @Test("of an answer is a refusal unless it says 200 and has metadata")
  func answers() throws {
    #expect(throws: DirectFault.noMetadata) { try DirectResponse(body("10c801")) }
    #expect(throws: DirectFault.malformed) { try DirectResponse(body("0a")) }
    #expect(try DirectResponse(body("0a00")).status == .error("status 0"))
    #expect(try DirectResponse(body("0a001063")).status == .error("status 99"))
    #expect(try DirectResponse(body("0a0010f403 1a0462757379")).status == .error("busy"))
    let chatty = DirectResponse(status: .error(String(repeating: "ä", count: 900)), milliseconds: 0)
    var frame = chatty.frame()
    let read = try DirectResponse(try #require(try frame.readLengthPrefixed(limit: Limits.Direct.message)))
    #expect(read.status == .error(String(repeating: "ä", count: Limits.Direct.statusText / 2)))
  }

  @Test("of any bytes is read without harm")
  func hostile() {
    let seeds = [
      hex("0a0e0a05302e302e311080d095ffbc31120268691a0a746578742f706c61696e"),
      hex("0a0e0a05302e302e311080d095ffbc3110c8011a0462757379"),
    ]
    var generator = SplitMix64(seed: 5)
    var taken = 0
    for _ in 0..<4_000 {
      let bytes = ByteBuffer(bytes: mutated(seeds[Int.random(in: 0...1, using: &generator)], with: &generator))
      if (try? DirectRequest(bytes)) != nil { taken += 1 }
      if let answer = try? DirectResponse(bytes), case .error(let why) = answer.status {
        #expect(why.utf8.count <= Limits.Direct.statusText)
        taken += 1
      }
    }
    #expect(taken > 100)
  }
}
