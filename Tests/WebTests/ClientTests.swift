import Limits
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Web

@Suite("The client on libcurl")
struct ClientTests {
  /// A server on loopback that answers, or does not.
  private func withServer(
    answers: Bool, _ body: (WebURL, WebClient) async throws -> Void
  ) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let server = try await WebServer.start(host: "127.0.0.1", port: 0, eventLoop: loop) { request, answer in
      if answers { answer(ServerResponse(status: 200, text: "\(request.method) \(request.path)")) }
    }
    let client = WebClient(
      policy: NetPolicy(rules: [try #require(NetPolicy.Rule("127.0.0.1"))]), userAgent: "test")
    do {
      try await body(try #require(WebURL("http://127.0.0.1:\(server.port)/x")), client)
    } catch {
      client.shutdown()
      await server.stop()
      throw error
    }
    client.shutdown()
    await server.stop()
  }

  @Test("fetches, and is told what is refused before anybody is asked")
  func fetches() async throws {
    #expect(WebClient.problem == nil)
    try await withServer(answers: true) { url, client in
      let ends = EventRecorder<Result<WebResponse, WebFailure>>()
      client.send(WebRequest(url: url), id: 1) { ends.record($0) }
      let response = try await ends.first { try? $0.get() }
      #expect(response.status == 200 && String(decoding: response.body, as: UTF8.self) == "GET /x\n")
      client.send(WebRequest(url: try #require(WebURL("http://127.0.0.2/"))), id: 2) { ends.record($0) }
      try await ends.first { $0 == .failure(.forbidden) ? () : nil }
    }
  }

  @Test("so many requests at one time; the end of the client ends them, and refuses what comes later")
  func bounds() async throws {
    try await withServer(answers: false) { url, client in
      let ends = EventRecorder<Result<WebResponse, WebFailure>>()
      let most = Limits.HTTP.allRequests
      for id in 0...most { client.send(WebRequest(url: url, timeoutSeconds: 60), id: UInt64(id)) { ends.record($0) } }
      #expect(ends.events == [.failure(.busy)])
      client.shutdown()
      try await ends.first { _ in ends.events.count == 1 + most ? () : nil }
      #expect(ends.events.dropFirst().allSatisfy { $0 == .failure(.stopping) })
      client.send(WebRequest(url: url), id: 1_000) { ends.record($0) }
      #expect(ends.events.count == 2 + most && ends.events.last == .failure(.stopping))
    }
  }
}
