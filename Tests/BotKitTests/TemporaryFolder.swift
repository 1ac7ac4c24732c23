import Foundation

/// A folder for one test, removed with it.
final class TemporaryFolder {
  private let root = FileManager.default.temporaryDirectory.appendingPathComponent("uc-bot-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: root) }

  func path(_ name: String) -> String { root.path + "/" + name }

  func write(_ name: String, _ text: String) throws {
    let file = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }
}
