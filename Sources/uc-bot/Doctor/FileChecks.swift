import BotKit
import Identity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files that a bot is given. Nothing is written.
enum FileChecks {
  static func identity(_ path: String) -> Finding {
    do throws(IdentityFileError) {
      let opened = try IdentityFile.open(path, createIfMissing: false)
      guard !opened.isExposed else {
        return .warn("identity", "other users can read or change \(path)", "chmod 600 \(path)")
      }
      return .ok("identity", "\(path) is \(opened.keyPair.peerID)")
    } catch {
      guard case .missing = error else {
        return .fail("identity", "\(error)", "name another file, which is made with a new identity")
      }
      let folder = parent(of: path)
      guard access(folder, W_OK) == 0 else {
        return .fail("identity", "\(path) cannot be made: \(reason)", "mkdir -p \(folder), or name another file")
      }
      return .ok("identity", "\(path) will be made at the first start")
    }
  }

  static func store(_ folder: String) -> [Finding] {
    var information = stat()
    guard stat(folder, &information) == 0 else {
      guard errno == ENOENT, access(existingParent(of: folder), W_OK) == 0 else {
        return [.fail("store", "\(folder) cannot be made: \(reason)", "name another folder with --store")]
      }
      return [.ok("store", "\(folder) will be made at the first start")]
    }
    guard information.st_mode & S_IFMT == S_IFDIR else {
      return [.fail("store", "\(folder) is no folder", "name another one with --store")]
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      return [.fail("store", "\(folder) cannot be written: \(reason)", "chown or chmod it for the user of the bot")]
    }
    let used = databases(in: folder).filter { isLocked($0) }
    if !used.isEmpty {
      return used.map {
        .fail("store", "\($0) is used by another process", "end the other uc-bot, or take another --store")
      }
    }
    return [.ok("store", folder)]
  }

  static func script(_ path: String) -> Finding {
    let problems: [ScriptProblem]
    do throws(BotError) {
      problems = try ScriptCheck.problems(path: path)
    } catch {
      return .fail("script", "\(error)", "check the path, and who may read it")
    }
    guard let first = problems.first else { return .ok("script", path) }
    let more = problems.count == 1 ? "" : " (and \(problems.count - 1) more)"
    return .fail("script", "\(first)\(more)", "uc-bot check \(path)")
  }

  // MARK: Paths

  private static var reason: String { String(cString: strerror(errno)) }

  private static func parent(of path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let parent = parts.joined(separator: "/")
    return parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
  }

  /// The nearest folder above that is there.
  private static func existingParent(of path: String) -> String {
    var path = parent(of: path)
    while access(path, F_OK) != 0, path != "/", path != "." { path = parent(of: path) }
    return path
  }

  // MARK: SQLite

  private static func databases(in folder: String) -> [String] {
    guard let names = ScriptPaths.names(inDirectory: folder) else { return [] }
    return names.map { "\(folder)/\($0)" }.filter { path in
      guard let file = fopen(path, "r") else { return false }
      defer { fclose(file) }
      var head = [UInt8](repeating: 0, count: 15)
      return fread(&head, 1, 15, file) == 15 && head.elementsEqual("SQLite format 3".utf8)
    }.sorted()
  }

  /// Whether a process holds one of SQLite's locks, which lie at a place of their own behind the first gigabyte.
  private static func isLocked(_ path: String) -> Bool {
    let file = open(path, O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 0x4000_0000
    lock.l_len = 512
    return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }
}
