import BotStore
import Foundation
import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import uc_bot

@Suite("doctor tells what is wrong with a set-up")
struct DoctorTests {
  @Test("the machine: clock, time zones, open files, libcurl")
  func machine() {
    #expect(MachineChecks.clock(unixSeconds: 0).verdict == .fail)
    #expect(MachineChecks.clock(unixSeconds: 1e18).verdict == .fail)
    #expect(MachineChecks.clock(unixSeconds: 1_790_000_000).verdict == .ok)
    #expect(MachineChecks.zones(directory: "/nowhere").verdict == .warn)
    #expect(MachineChecks.descriptors(limit: 20).verdict == .fail)
    #expect(MachineChecks.descriptors(limit: 256).verdict == .warn)
    #expect(MachineChecks.descriptors(limit: 1_024).verdict == .ok)
    #expect(DescriptorLimit.connections(of: 20) == 8)
    #expect(DescriptorLimit.connections(of: 256) == 96)
    #expect(DescriptorLimit.connections(of: 1_024) == 480)
    #expect(DescriptorLimit.connections(of: .max) == Limits.Swarm.connections)
    #expect(DescriptorLimit.connections(of: 0) == Limits.Swarm.connections)
    #expect(MachineChecks.curl(names: ["libnothing.so.0"]).verdict == .warn)
  }

  @Test("the service manager, as the environment tells of it")
  func serviceManager() {
    func verdict(_ environment: [String: String]) -> Finding.Verdict {
      MachineChecks.serviceManager(environment).verdict
    }
    #expect(verdict([:]) == .ok)
    #expect(verdict(["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"]) == .ok)
    #expect(verdict(["NOTIFY_SOCKET": "nonsense"]) == .fail)
    #expect(verdict(["WATCHDOG_USEC": "30000000"]) == .warn)
  }

  @Test("an identity file: missing, one of one's own, one that others can read, and one that is none")
  func identity() throws {
    let folder = try ToolFolder()
    let path = folder.path + "/key"
    #expect(FileChecks.identity(path).verdict == .ok)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(FileChecks.identity(folder.path + "/no/key").verdict == .fail)
    _ = try IdentityFile.open(path, createIfMissing: true)
    #expect(FileChecks.identity(path).verdict == .ok)
    chmod(path, 0o644)
    #expect(
      FileChecks.identity(path) == .warn("identity", "other users can read or change \(path)", "chmod 600 \(path)"))
    try folder.write("text", "no key at all")
    #expect(FileChecks.identity(folder.path + "/text").verdict == .fail)
  }

  @Test("a store's folder: missing, a file, and one whose database another process holds")
  func store() async throws {
    let folder = try ToolFolder()
    #expect(FileChecks.store(folder.path + "/a/b").map(\.verdict) == [.ok])
    #expect(FileChecks.store(folder.path).map(\.verdict) == [.ok])
    try folder.write("file", "x")
    #expect(FileChecks.store(folder.path + "/file").map(\.verdict) == [.fail])
    // Locks of one's own process are none, so it is another that looks.
    let store = BotStore(path: folder.path + "/bot.db", logger: Logger(label: "test"))
    try store.set(StoreKey("key"), to: [1], now: 0)
    let process = try CommandProcess(["doctor", "--store", folder.path])
    #expect(try await process.exit() == 1)
    #expect(process.output.contains("fail  store: \(folder.path)/bot.db is used by another process"))
    store.close()
  }

  @Test("addresses: free and taken, answered and not, and such as cannot be")
  func network() throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let server = try ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).wait()
    let taken = "/ip4/127.0.0.1/tcp/\(try #require(server.localAddress?.port))"
    #expect(NetworkChecks.listening(on: try Multiaddr("/ip4/127.0.0.1/tcp/0")).verdict == .ok)
    #expect(NetworkChecks.listening(on: try Multiaddr(taken)).verdict == .fail)
    #expect(NetworkChecks.listening(on: try Multiaddr("/ip4/192.0.2.1/tcp/0")).verdict == .fail)
    #expect(NetworkChecks.reaching(taken) == .ok("connect", "\(taken) answers"))
    try server.close().wait()
    let closed = try HeldPort()
    let nobody = "/ip4/127.0.0.1/tcp/\(closed.number)"
    #expect(NetworkChecks.reaching(nobody).text == "\(nobody): nobody listens there")
    withExtendedLifetime(closed) {}
    #expect(NetworkChecks.reaching("/ip4/127.0.0.1").verdict == .fail)
    #expect(NetworkChecks.reaching("nonsense").verdict == .fail)
  }

  @Test("the command: a line for each thing, the remedy, and an exit code")
  func command() async throws {
    let folder = try ToolFolder()
    try folder.write("good.lua", "uc.on('message', print)")
    try folder.write("bad.lua", "uc.slep(1)")
    let good = try CommandProcess(["doctor", "\(folder.path)/good.lua", "--port", "0"])
    #expect(try await good.exit() == 0)
    #expect(good.output.contains("ok    script: \(folder.path)/good.lua\n"))
    let bad = try CommandProcess(["doctor", "\(folder.path)/bad.lua"])
    #expect(try await bad.exit() == 1)
    #expect(bad.output.contains("→ uc-bot check \(folder.path)/bad.lua\n1 of "))
    try folder.write(
      "good.toml", "[uc-bot]\nscripts = [\"\(folder.path)/bad.lua\"]\nidentity = \"\(folder.path)/no/key\"\n")
    let configured = try CommandProcess(["doctor", "--config", "\(folder.path)/good.toml"])
    #expect(try await configured.exit() == 1)
    #expect(configured.output.contains("ok    config: \(folder.path)/good.toml\n"))
    #expect(configured.output.contains("fail  identity: \(folder.path)/no/key cannot be made"))
    #expect(configured.output.contains("fail  script: \(folder.path)/bad.lua:1: "))
    try folder.write("bad.toml", "[uc-bot\n")
    let broken = try CommandProcess(["doctor", "--config", "\(folder.path)/bad.toml"])
    #expect(try await broken.exit() == 1)
    #expect(broken.output.contains("fail  config: \(folder.path)/bad.toml"))
    let wrong = try CommandProcess(["doctor", "--port", "99999"])
    #expect(try await wrong.exit() == 64)
  }
}
