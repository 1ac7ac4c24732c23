import Identity
import Logging

/// The key that the peer id comes from, and where it is kept.
struct LoadedIdentity: Sendable {
  let keyPair: KeyPair
  private let file: String?
  private let isNew: Bool
  private let isExposed: Bool

  /// Reads the key in the file, which is created if it does not exist; makes a new key for this run without a file.
  init(file: String?) throws(Failure) {
    self.file = file
    guard let file else {
      keyPair = .generate()
      isNew = true
      isExposed = false
      return
    }
    do {
      let opened = try IdentityFile.open(file, createIfMissing: true)
      keyPair = opened.keyPair
      isNew = opened.created
      isExposed = opened.isExposed
    } catch {
      throw Failure(Self.code(of: error), "\(error)")
    }
  }

  /// Says what a user should know about the key.
  func announce(to logger: Logger) {
    guard let file else {
      logger.notice("new identity for this run; --identity FILE keeps one")
      return
    }
    if isNew { logger.notice("new identity", metadata: ["file": "\(file)"]) }
    if isExposed { logger.warning("other users can read or change the identity file", metadata: ["file": "\(file)"]) }
  }

  private static func code(of error: IdentityFileError) -> Failure.Code {
    switch error {
    case .missing, .notAFile, .unreadable: .noInput
    case .notCreated: .cannotCreate
    case .wrongSize, .tooLong, .notAKey, .key: .data
    }
  }
}
