import BotKit
import BotStore
import CCrypto
import CSodium

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a bot needs of the machine that it runs on.
enum MachineChecks {
  static func all(environment: [String: String]) -> [Finding] {
    libraries + [
      clock(unixSeconds: SystemClock().unixSeconds), zones(directory: "/usr/share/zoneinfo"),
      descriptors(limit: DescriptorLimit.current), serviceManager(environment),
    ]
  }

  // MARK: Libraries

  private static var libraries: [Finding] {
    let sodium =
      sodium_init() >= 0
      ? Finding.ok("libsodium", String(cString: sodium_version_string()))
      : .fail("libsodium", "does not start", "install libsodium 1.0.18 or newer")
    let crypto = Finding.ok("libcrypto", OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "unknown")
    let lua = ScriptCheck.problems(source: "return", path: "lua").isEmpty
    return [
      sodium, crypto,
      lua ? .ok("Lua", "5.4") : .fail("Lua", "cannot make a state", "install liblua5.4 and build anew"),
      SQLiteLibrary.version.map { .ok("SQLite", $0) }
        ?? .fail("SQLite", "does not work", "install libsqlite3, which uc.store is kept with"),
      curl(names: ["libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"]),
    ]
  }

  /// It is loaded when a script fetches something for the first time, and not needed before.
  static func curl(names: [String]) -> Finding {
    for name in names {
      guard let library = dlopen(name, RTLD_LAZY) else { continue }
      defer { dlclose(library) }
      guard let symbol = dlsym(library, "curl_version") else { continue }
      let version = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<CChar>).self)
      let words = String(cString: version()).split(separator: " ")
      return .ok("libcurl", words.first.map(String.init) ?? name)
    }
    return .warn("libcurl", "is not there: uc.http answers \"unavailable\"", "apt-get install libcurl4")
  }

  // MARK: Time

  /// Signed messages carry numbers made of the time, and certificates have dates.
  static func clock(unixSeconds: Double) -> Finding {
    let text = Timestamp.rfc3339(nanoseconds: Int64(max(-9e9, min(unixSeconds, 9e9)) * 1e9))
    // The year in which this was written, and one in which nobody will run it.
    guard (1_735_689_600...4_102_444_800).contains(unixSeconds) else {
      return .fail(
        "clock", "says \(text), which cannot be", "set the clock, or let NTP do so: timedatectl set-ntp true")
    }
    return .ok("clock", text)
  }

  static func zones(directory: String) -> Finding {
    guard access("\(directory)/Europe/Berlin", R_OK) == 0 else {
      return .warn(
        "time zones", "there is no database in \(directory): only UTC and local are known", "apt-get install tzdata")
    }
    return .ok("time zones", directory)
  }

  // MARK: The process

  /// Each connection takes one, and a peer may have several hundred.
  static func descriptors(limit: UInt64) -> Finding {
    if limit >= 1_024 { return .ok("open files", "\(limit) at once") }
    let remedy = "ulimit -n 4096, or LimitNOFILE=4096 in a systemd unit"
    if limit < 64 { return .fail("open files", "\(limit) at once are too few for a peer", remedy) }
    return .warn("open files", "\(limit) at once; connections end there", remedy)
  }

  static func serviceManager(_ environment: [String: String]) -> Finding {
    guard environment["NOTIFY_SOCKET"] != nil else {
      return environment["WATCHDOG_USEC"] == nil
        ? .ok("service manager", "none watches; contrib/uc-bot.service is a unit for systemd")
        : .warn("service manager", "WATCHDOG_USEC without NOTIFY_SOCKET", "Type=notify in the unit")
    }
    guard let manager = ServiceManager(environment: environment) else {
      return .fail("service manager", "NOTIFY_SOCKET is no socket's path", "Type=notify in the unit")
    }
    let watch = manager.watchdogMicroseconds.map { "and gives up after \($0 / 1_000_000) s of silence" }
    return .ok("service manager", "is told how it goes " + (watch ?? "(without a watchdog)"))
  }
}
