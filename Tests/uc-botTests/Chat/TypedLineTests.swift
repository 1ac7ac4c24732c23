import Testing

@testable import uc_bot

@Suite("What a person means by a line")
struct TypedLineTests {
  @Test("is said as it was typed unless it begins with a slash")
  func said() {
    #expect(TypedLine("hello there") == .say("hello there"))
    #expect(TypedLine("  indented") == .say("  indented"))
    #expect(TypedLine("quit smoking") == .say("quit smoking"))
    #expect(TypedLine("//peers is a command") == .say("/peers is a command"))
    #expect(TypedLine(" \t ") == .blank)
  }

  @Test(
    "is to leave, by the seed's bare words in any case and by the commands",
    arguments: [
      "quit", "QUIT", "Exit", "q", " q ", "/quit", "/exit", "/q", "/Quit",
    ])
  func quit(line: String) {
    #expect(TypedLine(line) == .command(.quit))
  }

  @Test("is a command with what it needs")
  func commands() {
    #expect(TypedLine("/peers") == .command(.peers))
    #expect(TypedLine("/status  ") == .command(.status))
    #expect(TypedLine("/multiaddr") == .command(.addresses))
    #expect(TypedLine("/dm  bob   see  you") == .command(.direct(to: "bob", text: "see  you")))
    #expect(TypedLine("/file 'my talk.pdf'") == .command(.offer(path: "my talk.pdf")))
    #expect(TypedLine("/file my talk.pdf") == .command(.offer(path: "my talk.pdf")))
    #expect(TypedLine("/get 3") == .command(.fetch(.listed(3), name: nil)))
    #expect(TypedLine("/get 3 as my talk.pdf") == .command(.fetch(.listed(3), name: "my talk.pdf")))
    #expect(TypedLine("/get bob a1-b2") == .command(.fetch(.named(id: "a1-b2", from: "bob"), name: nil)))
    #expect(TypedLine("/get bob my file as x") == .command(.fetch(.named(id: "my file", from: "bob"), name: "x")))
    #expect(TypedLine("/connect /ip4/1.2.3.4/tcp/1") == .command(.connect("/ip4/1.2.3.4/tcp/1")))
  }

  @Test(
    "is wrong without what the command needs, and says how it is written",
    arguments: [
      "/dm", "/dm bob", "/file", "/get", "/get x", "/connect", "/withdraw",
    ])
  func wrong(line: String) {
    guard case .wrong(let usage) = TypedLine(line) else {
      Issue.record("\(line) is taken")
      return
    }
    #expect(usage.hasPrefix("/"))
  }

  @Test("names the nearest command when there is none of that name")
  func unknown() {
    #expect(TypedLine("/fiel x") == .unknown("/fiel", near: "/file"))
    #expect(TypedLine("/peer") == .unknown("/peer", near: "/peers"))
    #expect(TypedLine("/etc/passwd") == .unknown("/etc/passwd", near: nil))
    #expect(TypedLine("/") == .unknown("/", near: "/q"))
  }
}
