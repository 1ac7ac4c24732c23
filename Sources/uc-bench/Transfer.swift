import ArgumentParser
import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import UniversalConnectivity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One side of a file transfer: has the file, and says when asked to end how much memory that took.
struct Offer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Offers a file until standard input ends.")

  @Option(help: "The file.") var file: String

  func run() async throws {
    let node = try ChatNode(
      configuration: ChatNodeConfiguration(identity: .generate()),
      eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1), logger: Logger(label: "uc-bench"))
    try await node.start()
    let addresses = try await node.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    let offered = try await node.offerFile(at: file)
    print("{\"address\": \"\(addresses.first?.description ?? "")\", \"id\": \"\(offered.id)\"}")
    fflush(nil)
    while readLine() != nil {}
    print("{\"peak_mib\": \(peakMiB())}")
    await node.shutdown()
  }
}

/// The other side: fetches the file, and says how fast it came.
struct Fetch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Fetches a file that another uc-bench offers.")

  @Option(help: "Multiaddr of the peer, with its id.") var connect: String
  @Option(help: "The file's id.") var id: String
  @Option(help: "Where the file goes.") var to: String

  func run() async throws {
    let address = try Multiaddr(connect)
    var configuration = ChatNodeConfiguration(identity: .generate())
    configuration.connect = [address]
    let node = try ChatNode(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1),
      logger: Logger(label: "uc-bench"))
    let connected = node.eventLoop.makePromise(of: PeerID.self)
    node.onEvent { event in
      switch event {
      case .identified(let peer, _): connected.succeed(peer)
      case .dialFailed(_, let reason, _): connected.fail(ValidationError(reason))
      default: break
      }
    }
    try await node.start()
    let peer = try await connected.futureResult.get()
    let start = NIODeadline.now()
    let fetched = try await node.fetchFile(id, from: peer, to: to)
    let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
    print(
      "{\"bytes\": \(fetched.bytes), \"seconds\": \(seconds), \"mb_per_second\": \(Double(fetched.bytes) / seconds / 1e6),"
        + " \"peak_mib\": \(peakMiB())}")
    await node.shutdown()
  }
}

/// The most memory that the process has had in use.
private func peakMiB() -> Double {
  var usage = rusage()
  // RUSAGE_SELF, which has another type on each system.
  getrusage(0, &usage)
  return Double(usage.ru_maxrss) / 1_024
}
