import Identity
import Multiformats
import NIOCore
import UniversalConnectivity

/// Does what a ``ChatSession`` says, and tells it what comes of it.
///
/// All of it happens on the node's event loop, which is what `@unchecked Sendable` stands for here.
final class ChatDriver: @unchecked Sendable {
  private let node: ChatNode
  private let frontEnd: any ChatFrontEnd
  private let options: ChatOptions
  private let end: EndSignal
  private let began = NIODeadline.now()
  private var session: ChatSession
  private var room: ChatRoom?
  private var timer: (deadline: Double, task: Scheduled<Void>)?
  private var fetch: Task<Void, Never>?

  /// What the person is called.
  let nick: String

  init(session: ChatSession, node: ChatNode, frontEnd: any ChatFrontEnd, options: ChatOptions, end: EndSignal) {
    self.session = session
    self.node = node
    self.frontEnd = frontEnd
    self.options = options
    self.end = end
    nick = session.setup.nick
  }

  /// Shows how it begins.
  func start() {
    node.eventLoop.execute { [self] in perform(session.start()) }
  }

  /// The room is there: what is typed can be said.
  func joined(_ room: ChatRoom, at addresses: [Multiaddr]) {
    node.eventLoop.execute { [self] in
      self.room = room
      take(.joined(addresses))
    }
  }

  /// Takes an event from anywhere.
  func post(_ event: ChatSession.Event) {
    node.eventLoop.execute { [self] in take(event) }
  }

  /// Takes an event on the event loop.
  func take(_ event: ChatSession.Event) {
    perform(session.handle(event, at: elapsed))
  }

  // MARK: what is to be done

  private func perform(_ actions: [ChatSession.Action]) {
    for action in actions {
      switch action {
      case .requestLine: frontEnd.requestLine()
      case .show(let content): frontEnd.show(ChatEntry(time: ClockTime.now, content: content))
      case .tell(let roster): frontEnd.update(roster)
      case .tellTransfer(let transfer): frontEnd.update(transfer)
      case .publish(let publication): publish(publication)
      case .sendDirect(let text, let peer): send(text, to: peer)
      case .offer(let path): offer(path)
      case .fetch(let id, let peer, let name): fetch(id, from: peer, name: name)
      case .connect(let address): connect(address)
      case .cancelFetch: fetch?.cancel()
      case .withdraw(let id): Task { [node] in await node.withdrawFile(id) }
      case .end(let failure): end.end(failure.map { Failure(.unavailable, $0) })
      }
    }
    setTimer()
  }

  private func publish(_ publication: ChatSession.Publication) {
    guard let room else { return take(.published(publication, .failure(.noPeers))) }
    Task {
      do {
        let peers = try await room.publish(publication.text)
        post(.published(publication, .success(peers)))
      } catch {
        post(.published(publication, .failure(error as? ChatPublishError ?? .refused("\(error)"))))
      }
    }
  }

  private func send(_ text: String, to peer: PeerID) {
    node.sendDirectFuture(text, to: peer).whenComplete { [self] result in
      switch result {
      case .success: take(.sentDirect(text, to: peer, failure: nil))
      case .failure(let error): take(.sentDirect(text, to: peer, failure: "\(error)"))
      }
    }
  }

  private func connect(_ text: String) {
    do {
      let address = try AddressRule.dialled(text, from: "/connect")
      node.connect(to: address).whenComplete { [self] result in
        switch result {
        case .success: take(.dialled(text, failure: nil))
        case .failure(let error): take(.dialled(text, failure: "\(error)"))
        }
      }
    } catch {
      take(.dialled(text, failure: error.description))
    }
  }

  // MARK: files

  private func offer(_ path: String) {
    let place = options.expanded(path)
    Task {
      do {
        let file = try await node.offerFile(at: place)
        // Nobody may be there yet; who comes later is told by the person.
        let told = (try? await node.announceFile(file.id))?.peers ?? 0
        post(.offered(path: path, .success(file), told: told))
      } catch {
        post(.offered(path: path, .failure(error as? FileTransferError ?? .lost("\(error)")), told: 0))
      }
    }
  }

  private func fetch(_ id: String, from peer: PeerID, name: String) {
    fetch = Task {
      do {
        let path = try options.downloads.place(for: name)
        let file = try await node.fetchFile(id, from: peer, to: path) { [weak self] in self?.take(.progress($0)) }
        post(.fetched(.success(file)))
      } catch let failure as Failure {
        post(.fetched(.failure(.disk(failure.description))))
      } catch {
        post(.fetched(.failure(error as? FileTransferError ?? .lost("\(error)"))))
      }
    }
  }

  // MARK: time

  private func setTimer() {
    guard session.deadline != timer?.deadline else { return }
    timer?.task.cancel()
    timer = session.deadline.map { deadline in
      let task = node.eventLoop.scheduleTask(deadline: began + .nanoseconds(Int64(deadline * 1e9))) { [weak self] in
        self?.timer = nil
        self?.take(.tick)
      }
      return (deadline, task)
    }
  }

  /// Seconds since it began.
  private var elapsed: Double { Double((NIODeadline.now() - began).nanoseconds) / 1e9 }
}
