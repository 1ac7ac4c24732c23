import Testing

@testable import Web

@Suite("Addresses and names that requests may go to")
struct AddressTests {
  @Test(
    "public addresses",
    arguments: [
      "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
      "128.0.0.0",
      "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
      "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1",
      "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "3ffe::1",
    ])
  func publicAddresses(text: String) throws {
    #expect(try #require(IPAddress(text)).isPublic)
  }

  @Test(
    "addresses that are not for everybody, in all their forms",
    arguments: [
      "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
      "127.255.255.255",
      "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
      "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
      "240.0.0.1",
      "255.255.255.255",
      "::", "::1", "::2", "fc00::1", "fd12::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1",
      "2001::1", "2001:10::1", "3fff::1", "4000::1", "5f00::1",
      "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:192.168.0.1", "::127.0.0.1", "::10.0.0.1",
      "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::8.8.8.8", "64:ff9b:0:1::1", "2002:7f00:1::1", "2002:a00:1::",
      "2002:c0a8:1::", "2002:a9fe:a9fe::",
    ])
  func privateAddresses(text: String) throws {
    #expect(try !#require(IPAddress(text)).isPublic)
  }

  @Test("an address of neither four nor sixteen bytes is not public")
  func oddLength() {
    #expect(!IPAddress([]).isPublic)
    #expect(!IPAddress([1, 2, 3]).isPublic)
  }

  @Test("ranges")
  func ranges() throws {
    let range = try #require(IPNetwork("10.128.0.0/9"))
    #expect(try range.contains(#require(IPAddress("10.255.0.1"))))
    #expect(try !range.contains(#require(IPAddress("10.127.0.1"))))
    #expect(try !range.contains(#require(IPAddress("::ffff:10.255.0.1"))))
    #expect(try #require(IPNetwork("0.0.0.0/0")).contains(#require(IPAddress("255.1.2.3"))))
    #expect(try #require(IPNetwork("fd00::/8")).contains(#require(IPAddress("fdff::1"))))
    #expect(try #require(IPNetwork("127.0.0.1")).contains(#require(IPAddress("127.0.0.1"))))
    for text in [
      "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129", "x/8", "10.0.0/8", "10.0.0.0/8/8", "01.0.0.0/8",
    ] {
      #expect(IPNetwork(text) == nil, "\(text)")
    }
  }

  private func may(_ url: String, _ rules: String...) throws -> Bool {
    NetPolicy(rules: try rules.map { try #require(NetPolicy.Rule($0)) }).mayTry(try #require(WebURL(url)))
  }

  private func connects(_ address: String, _ url: String, _ rules: String...) throws -> Bool {
    NetPolicy(rules: try rules.map { try #require(NetPolicy.Rule($0)) })
      .mayConnect(try #require(IPAddress(address)), for: try #require(WebURL(url)))
  }

  @Test("without rules: public addresses, whatever the name is")
  func noRules() throws {
    #expect(try may("http://example.org/") && may("http://localhost/"))
    #expect(try !may("http://127.0.0.1/") && !may("http://[::1]/") && !may("http://[::ffff:7f00:1]/"))
    #expect(try connects("8.8.8.8", "http://example.org/"))
    // The name of a stranger may lead home: DNS rebinding.
    #expect(try !connects("127.0.0.1", "http://example.org/") && !connects("fd00::1", "http://example.org/"))
    #expect(try !connects("169.254.169.254", "http://metadata.example.org/"))
  }

  @Test("with rules: what they name and nothing else, private or not")
  func rules() throws {
    #expect(try may("http://API.example.org./", "api.example.org") && !may("http://example.org/", "api.example.org"))
    #expect(try connects("10.0.0.1", "http://api.example.org/", "api.example.org"))
    #expect(try !may("http://8.8.8.8/", "api.example.org"))
    #expect(try may("http://a:8080/", "a:8080") && !may("http://a/", "a:8080") && !may("https://a/", "a:80"))
    #expect(try may("http://x.example.org/", "*.example.org") && !may("http://example.org/", "*.example.org"))
    #expect(try !may("http://badexample.org/", "*.example.org"))
    #expect(try may("http://127.0.0.1:1234/", "127.0.0.1") && !may("http://127.0.0.2/", "127.0.0.1"))
    #expect(try may("http://[::1]:80/", "[::1]:80") && !may("http://[::1]:81/", "[::1]:80"))
    // A range is about addresses: a name may lead into it, and then it is the address that counts.
    #expect(try may("http://printer/", "10.0.0.0/8") && connects("10.1.1.1", "http://printer/", "10.0.0.0/8"))
    #expect(try !connects("8.8.8.8", "http://printer/", "10.0.0.0/8"))
    #expect(try !connects("127.0.0.1", "http://b/", "a") && connects("127.0.0.1", "http://a/", "a"))
  }

  @Test(
    "what is no rule",
    arguments: ["", "a:", "a:0", "a:65536", "a:b", "*", "*.10.0.0.1", "http://a", "a b", "10.0.0.0/8:80", "*a"])
  func notRules(text: String) {
    #expect(NetPolicy.Rule(text) == nil)
  }
}
