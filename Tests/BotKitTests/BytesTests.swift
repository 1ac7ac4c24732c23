import Testing

@testable import BotKit

@Suite("uc.sha256 and uc.base64")
struct BytesTests {
  @Test(
    "the SHA-256 of FIPS 180-4",
    arguments: [
      ("''", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("'abc'", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      ("('a'):rep(1000000)", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func sha256(text: String, digest: String) throws {
    #expect(try BotBench("print(uc.sha256(\(text)))").logged == [digest])
  }

  @Test(
    "the base64 of RFC 4648",
    arguments: [
      ("''", ""), ("'f'", "Zg=="), ("'fo'", "Zm8="), ("'foo'", "Zm9v"), ("'foob'", "Zm9vYg=="), ("'fooba'", "Zm9vYmE="),
      ("'foobar'", "Zm9vYmFy"), ("'\\xfb\\xff\\0'", "+/8A"),
    ])
  func base64(bytes: String, text: String) throws {
    let bench = try BotBench(
      """
      local text = uc.base64.encode(\(bytes))
      print(text, uc.base64.decode(text) == \(bytes), uc.base64.decode((text:gsub("=", ""))) == \(bytes))
      """)
    #expect(bench.logged == ["\(text)\ttrue\ttrue"])
  }

  @Test("the other alphabet is read too")
  func urlAlphabet() throws {
    #expect(try BotBench("print(uc.base64.decode('-_8A') == '\\xfb\\xff\\0')").logged == ["true"])
  }

  @Test(
    "what is no base64", arguments: ["A", "AAAAA", "AA=", "A===", "=", "====", "AA==AA==", "AA A", "Zh==", "AAB", "ä"])
  func notBase64(text: String) throws {
    #expect(try BotBench("print(uc.base64.decode('\(text)'))").logged == ["nil\tsyntax"])
  }

  @Test("misuse")
  func misuse() throws {
    let bench = try BotBench(
      """
      print(select(2, pcall(uc.sha256)))
      print(select(2, pcall(uc.base64.decode, 1)))
      """)
    #expect(
      bench.logged == [
        "bots/test.lua:1: uc.sha256: argument 1 (bytes) must be a string, got nothing",
        "bots/test.lua:2: uc.base64.decode: argument 1 (text) must be a string, got a number",
      ])
  }
}
