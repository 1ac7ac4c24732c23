import TestSupport

@testable import UniversalConnectivity

extension EventRecorder<ChatEvent> {
  /// Records what happens to `node` from now on.
  convenience init(_ node: ChatNode) {
    self.init()
    node.onEvent { [self] in record($0) }
  }
}

extension ChatEvent {
  var messageText: String? {
    if case .message(let message) = self { message.text } else { nil }
  }
}
