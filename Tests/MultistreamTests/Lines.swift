import NIOCore

/// The bytes of one line, spelled out here and not by the code under test.
func line(_ text: String) -> [UInt8] {
  let body = Array(text.utf8) + [0x0a]
  return body.count < 0x80
    ? [UInt8(body.count)] + body : [UInt8(body.count & 0x7f) | 0x80, UInt8(body.count >> 7)] + body
}

/// `/multistream/1.0.0` as every peer sends it: 19 bytes behind a length of one byte.
let header: [UInt8] = [19] + Array("/multistream/1.0.0\n".utf8)

/// `na`, from the multistream-select page: `036e610a`.
let notAvailable: [UInt8] = [0x03, 0x6e, 0x61, 0x0a]

func buffer(_ parts: [UInt8]...) -> ByteBuffer { ByteBuffer(bytes: parts.joined()) }
