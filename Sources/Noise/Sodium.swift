import CSodium

/// libsodium, made ready once per process.
enum Sodium {
  /// Picks the fastest implementations for this CPU and opens the random source. Without it ChaCha20 runs in its slow
  /// portable form, so whoever makes keys touches this first. `false` only if the system has no random source.
  static let ready = sodium_init() >= 0
}
