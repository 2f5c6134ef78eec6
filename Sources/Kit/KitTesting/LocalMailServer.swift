internal import Dispatch
internal import Glibc
internal import Synchronization

/// A mail server of a few lines on a port of its own, for tests of what we send and of what we make
/// of its answers. One connection after the other.
package final class LocalMailServer: Sendable {
  package struct Mail: Sendable {
    package let sender: String
    package let recipient: String
    /// As it came, dots and line ends as on the wire.
    package let text: String
  }

  package enum Mood: Sendable {
    case takesAll
    /// Answers RCPT with this.
    case refuses(String)
    /// The connection ends when the mail has come, before the answer.
    case dropsAfterData
  }

  package let port: UInt16
  private let socket: Int32
  private let mood: Mutex<Mood>
  private let taken = Mutex<[Mail]>([])
  private let heard = Mutex<[String]>([])

  package var mails: [Mail] { taken.withLock { $0 } }
  /// Every command, in order.
  package var commands: [String] { heard.withLock { $0 } }

  package func become(_ next: Mood) { mood.withLock { $0 = next } }

  package init(_ mood: Mood = .takesAll) throws {
    self.mood = Mutex(mood)
    // All of 127/8 is this machine: one address counts as it, another as a stranger.
    let place = try ListeningPort(everywhere: true)
    (socket, port) = (place.socket, place.number)
    let listener = socket
    DispatchQueue(label: "local mail server").async { [weak self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        self?.serve(client)
        close(client)
      }
      close(listener)
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))  // wakes accept; the thread closes
  }

  private func serve(_ client: Int32) {
    var buffer: [UInt8] = []
    var (sender, recipient) = ("", "")
    Self.say("220 here", to: client)
    while let line = Self.until("\r\n", client, &buffer) {
      heard.withLock { $0.append(line) }
      switch line.prefix(4).uppercased() {
      case "EHLO", "HELO": Self.say("250 here", to: client)
      case "MAIL":
        sender = line
        Self.say("250 fine", to: client)
      case "RCPT":
        recipient = line
        if case .refuses(let answer) = mood.withLock({ $0 }) {
          Self.say(answer, to: client)
        } else {
          Self.say("250 fine", to: client)
        }
      case "DATA":
        Self.say("354 go on", to: client)
        guard let text = Self.until("\r\n.\r\n", client, &buffer) else { return }
        taken.withLock { $0.append(Mail(sender: sender, recipient: recipient, text: text)) }
        if case .dropsAfterData = mood.withLock({ $0 }) { return }
        Self.say("250 taken", to: client)
      case "QUIT": return Self.say("221 bye", to: client)
      default: Self.say("500 what", to: client)
      }
    }
  }

  /// What came up to the mark, which is left out. Nil when the client has gone.
  private static func until(
    _ mark: String, _ client: Int32, _ buffer: inout [UInt8]
  ) -> String? {
    let mark = Array(mark.utf8)
    while true {
      if let end = buffer.indices.first(where: { buffer[$0...].starts(with: mark) }) {
        defer { buffer.removeFirst(end + mark.count) }
        return String(decoding: buffer[..<end], as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk.prefix(count)
    }
  }

  private static func say(_ line: String, to client: Int32) {
    let bytes = Array("\(line)\r\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { bytes in
      unsafe Glibc.send(client, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }
}
