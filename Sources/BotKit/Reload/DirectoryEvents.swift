#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Word from the system that something happened in some directories: inotify, where there is one.
///
/// It only says when to look, so that nothing is lost by what it cannot see (network file systems, targets of links,
/// directories that are made anew): whoever uses it looks now and then anyway.
struct DirectoryEvents: ~Copyable {
  /// What becomes readable; nil: there is no such service, or no more of it.
  let descriptor: Int32?
  private var watched: Set<String> = []

  init() {
    #if canImport(Glibc)
      let opened = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
      descriptor = opened >= 0 ? opened : nil
    #else
      descriptor = nil
    #endif
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  /// Watches the directories of these files as well. Directories, since a file that is replaced by another of its name
  /// takes a watch of its own with it.
  mutating func watch(directoriesOf files: some Sequence<String>) {
    #if canImport(Glibc)
      guard let descriptor else { return }
      let happenings = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB
      for file in files {
        let end = file.lastIndex(of: "/")
        let directory = end.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        guard !watched.contains(directory) else { continue }
        if inotify_add_watch(descriptor, directory, UInt32(happenings)) >= 0 { watched.insert(directory) }
      }
    #endif
  }

  /// Forgets what has happened so far.
  func drain() {
    guard let descriptor else { return }
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
    }
  }
}
