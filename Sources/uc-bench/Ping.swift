import ArgumentParser
import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Swarm

/// Round trips of the ping protocol, one after the other on one stream.
struct Ping: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measures ping round trips.")

  @Option(help: "Multiaddr of the peer to ping.") var connect: String
  @Option(help: "Pings to measure; a tenth as many go before them to warm up.") var count = 5_000

  func run() async throws {
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let swarm = try Swarm(
      configuration: SwarmConfiguration(), identity: .generate(), eventLoop: loops.next(),
      logger: Logger(label: "uc-bench"))
    let peer = try await swarm.dial(Multiaddr(connect))
    let times = swarm.eventLoop.makePromise(of: [Int64].self)
    let wanted = count
    swarm.eventLoop.execute {
      let warmUp = wanted / 10
      var samples: [Int64] = []
      // Each ping is started by the answer of the one before, on the loop: no thread is woken in between.
      func next() {
        swarm.pingFuture(peer).assumeIsolated().whenComplete { result in
          switch result {
          case .failure(let error): times.fail(error)
          case .success(let time):
            samples.append(time.nanoseconds)
            if samples.count < wanted + warmUp { next() } else { times.succeed(Array(samples.dropFirst(warmUp))) }
          }
        }
      }
      next()
    }
    let sorted = try await times.futureResult.get().sorted()
    func microseconds(_ share: Double) -> Double {
      Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1_000
    }
    print(
      "{\"pings\": \(sorted.count), \"p50_us\": \(microseconds(0.5)), \"p99_us\": \(microseconds(0.99)),"
        + " \"min_us\": \(microseconds(0))}")
    await swarm.shutdown()
  }
}
