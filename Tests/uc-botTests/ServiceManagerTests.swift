import Foundation
import TestSupport
import Testing

@testable import uc_bot

@Suite("The service manager is told")
struct ServiceManagerTests {
  @Test("that the start is over, that the program lives, and that it ends")
  func datagrams() async throws {
    let ear = try Ear()
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": ear.path]))
    #expect(manager.notify(.ready(status: "1 bot\nMAINPID=1")))
    #expect(manager.notify(.watchdog))
    #expect(manager.notify(.stopping))
    _ = try await ear.heard.first { $0 == "STOPPING=1" ? true : nil }
    #expect(ear.heard.events == ["READY=1\nSTATUS=1 botMAINPID=1", "WATCHDOG=1", "STOPPING=1"])
  }

  @Test("on a socket with an abstract name too")
  func abstract() async throws {
    let name = "@uc-bot-test-\(UUID())"
    let ear = try Ear(name)
    #expect(ServiceManager(environment: ["NOTIFY_SOCKET": name])?.notify(.watchdog) == true)
    #expect(try await ear.heard.first { $0 } == "WATCHDOG=1")
  }

  @Test("nothing when there is none, when its name is none, or when nobody listens")
  func absent() {
    #expect(ServiceManager(environment: [:]) == nil)
    #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]) == nil)
    #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]) == nil)
    #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "/nobody/listens"])?.notify(.watchdog) == false)
  }

  @Test(
    "how often to show that it lives comes from the environment, unless another process is meant",
    arguments: [
      (["WATCHDOG_USEC": "30000000"], 30_000_000), (["WATCHDOG_USEC": "5", "WATCHDOG_PID": "77"], 5),
      (["WATCHDOG_USEC": "5", "WATCHDOG_PID": "78"], nil), (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "-1"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
    ] as [([String: String], Int64?)])
  func watchdog(environment: [String: String], expected: Int64?) throws {
    let all = environment.merging(["NOTIFY_SOCKET": "/run/systemd/notify"]) { $1 }
    let manager = try #require(ServiceManager(environment: all, processIdentifier: 77))
    #expect(manager.watchdogMicroseconds == expected)
  }

  @Test("by the real command: ready once it listens, alive again and again, stopping on SIGTERM")
  func command() async throws {
    let ear = try Ear()
    let script = try Script("uc.on('start', function() end)")
    let bot = try CommandProcess(
      [script.path, "--listen", "/ip4/127.0.0.1/tcp/0"],
      environment: ["NOTIFY_SOCKET": ear.path, "WATCHDOG_USEC": "500000"])
    // The peer may say at any time that nobody is there.
    func notices() -> [String] { ear.heard.events.filter { !$0.hasPrefix("STATUS=") } }
    _ = try await ear.heard.first { [heard = ear.heard] _ in
      heard.events.count { $0 == "WATCHDOG=1" } >= 2 ? true : nil
    }
    #expect(notices().first?.hasPrefix("READY=1\nSTATUS=1 bot") == true)
    _ = try await bot.line("Listening on: ")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
    _ = try await ear.heard.first { $0 == "STOPPING=1" ? true : nil }
    #expect(notices().dropFirst().dropLast().allSatisfy { $0 == "WATCHDOG=1" })
  }

  @Test("no longer that it lives when a script is stuck where nothing can stop it")
  func stuck() throws {
    #expect(WatchdogRule.isAlive(runningSeconds: [nil, 0.5], budgetMilliseconds: 1_000))
    #expect(WatchdogRule.isAlive(runningSeconds: [], budgetMilliseconds: 1_000))
    // A little over its time is a machine that is busy; ten seconds over it is stuck.
    #expect(WatchdogRule.isAlive(runningSeconds: [1.5], budgetMilliseconds: 1_000))
    #expect(!WatchdogRule.isAlive(runningSeconds: [nil, 11.5], budgetMilliseconds: 1_000))
    #expect(WatchdogRule.isAlive(runningSeconds: [11.5], budgetMilliseconds: 10_000))
    func isAlive(_ silent: Double?, _ deaf: Double?) -> Bool {
      WatchdogRule.isAlive(
        runningSeconds: [], budgetMilliseconds: 1_000, silentSeconds: silent, deafSeconds: deaf)
    }
    #expect(isAlive(nil, 60))
    #expect(isAlive(299, 60))
    #expect(!isAlive(300, 60))
    #expect(isAlive(9_999, nil))
  }
}

/// The other end: a datagram socket, which is read all the time, since the system keeps only ten datagrams for it.
private final class Ear {
  struct Failure: Error { var step: String }

  let path: String
  let heard = EventRecorder<String>()
  private let descriptor: Int32

  init(_ path: String = "/tmp/uc-bot-ear-\(UUID().uuidString.prefix(8))") throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    if path.hasPrefix("@") { bytes[0] = 0 } else { bytes.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    guard result == 0 else {
      close(descriptor)
      throw Failure(step: "bind: \(errno)")
    }
    Thread.detachNewThread { [heard, descriptor] in
      var bytes = [UInt8](repeating: 0, count: 4_096)
      while case let count = recv(descriptor, &bytes, bytes.count, 0), count > 0 {
        heard.record(String(decoding: bytes.prefix(count), as: UTF8.self))
      }
      close(descriptor)
    }
  }

  deinit {
    // Ends the thread, which closes it.
    shutdown(descriptor, Int32(SHUT_RDWR))
    unlink(path)
  }
}
