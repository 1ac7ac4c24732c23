import Testing

@testable import Web

@Suite("URLs are read strictly and written anew")
struct URLTests {
  @Test(
    "what is read, and as what it is written",
    arguments: [
      ("http://example.org", "http://example.org/"), ("HTTPS://EXAMPLE.org:443/a", "https://example.org/a"),
      ("http://example.org.:80/", "http://example.org/"), ("http://a:8080?x=1#f", "http://a:8080/?x=1"),
      ("http://127.0.0.1/", "http://127.0.0.1/"), ("http://[2001:DB8::1]:8/x", "http://[2001:db8::1]:8/x"),
      ("http://a/b/../c/./d/..", "http://a/c/"), ("http://a/%2e%2E/../../b", "http://a/b"),
      ("http://a/b//c", "http://a/b//c"),
      ("http://a/ä b\"<>", "http://a/%C3%A4%20b%22%3C%3E"), ("http://a/%41?%zz", "http://a/%41?%zz"),
      ("http://a:/", "http://a/"), ("http://a_b.example/", "http://a_b.example/"),
      ("http://a/?b/../c", "http://a/?b/../c"),
    ])
  func read(text: String, written: String) throws {
    let url = try #require(WebURL(text))
    #expect("\(url)" == written)
    #expect(WebURL(written) == url)
  }

  @Test(
    "what is refused",
    arguments: [
      "", "example.org", "//example.org", "ftp://a/", "file:///etc/passwd", "http:/a", "http:a", "http://", "http:///a",
      "http://user@a/", "http://user:secret@a/", "http://a@b@c/", "http://a:b/", "http://a:99999/", "http://a:0/",
      "http://a:+80/", "http://[::1", "http://[::1]x/", "http://[zz]/", "http://a b/", "http://a\tb/",
      "http://ä.example/",
      "http://a\\@b/", "http://a..b/", "http://.a/", "http://127.1/", "http://2130706433/", "http://0x7f.1/",
      "http://0x7f000001/", "http://127.0.0.01/", "http://1.2.3.4.5/", "http://a/\r\nHost: b", "http://a/\u{0}",
      "http://a%2eb/", "http://[fe80::1%25eth0]/", "gopher://a/", "javascript:alert(1)", "http://\u{FF41}/",
    ])
  func refused(text: String) {
    #expect(WebURL(text) == nil)
  }

  @Test(
    "where a Location leads",
    arguments: [
      ("/x", "https://a:8/x"), ("x", "https://a:8/b/x"), ("../x?z#f", "https://a:8/x?z"), ("?z", "https://a:8/b/c?z"),
      ("", "https://a:8/b/c?y=1"), ("#f", "https://a:8/b/c?y=1"), ("//d/e", "https://d/e"),
      ("http://d:1/e", "http://d:1/e"),
      ("./", "https://a:8/b/"), ("x:y", nil), ("ftp://d/", nil), ("//u@d/", nil),
      ("\\\\d\\e", "https://a:8/b/%5C%5Cd%5Ce"),
      ("/\r\nX: y", nil), ("https:x", nil),
    ] as [(String, String?)])
  func locations(location: String, target: String?) throws {
    let base = try #require(WebURL("https://a:8/b/c?y=1"))
    #expect(base.resolving(location).map { "\($0)" } == target)
  }
}
