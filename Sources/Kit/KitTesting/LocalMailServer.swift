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
    package let cameEncrypted: Bool
  }

  package enum Mood: Sendable {
    case takesAll
    /// Answers RCPT with this.
    case refuses(String)
    /// The connection ends when the mail has come, before the answer.
    case dropsAfterData
    /// Does this between a mail and its answer.
    case takesItsTime(@Sendable () -> Void)
  }

  package enum Encryption: Sendable {
    case none
    /// Clients have to ask for it, and nothing goes without.
    case startTLS(TestCertificate)
    case fromTheStart(TestCertificate)
  }

  /// Who may send, and how they have to say it: by `PLAIN` or by `LOGIN`.
  package struct Account: Sendable {
    package let mechanism: String
    package let user: String
    package let password: String

    package init(mechanism: String = "PLAIN", user: String, password: String) {
      self.mechanism = mechanism
      self.user = user
      self.password = password
    }
  }

  package let port: UInt16
  let encryption: Encryption
  /// Nil where everybody may send.
  let account: Account?
  private let socket: Int32
  private let currentMood: Mutex<Mood>
  private let taken = Mutex<[Mail]>([])
  private let heard = Mutex<[String]>([])

  package var mails: [Mail] { taken.withLock { $0 } }
  /// Every command, in order.
  package var commands: [String] { heard.withLock { $0 } }
  var mood: Mood { currentMood.withLock { $0 } }

  package func become(_ next: Mood) { currentMood.withLock { $0 = next } }

  package init(
    _ mood: Mood = .takesAll, encryption: Encryption = .none, account: Account? = nil
  ) throws {
    currentMood = Mutex(mood)
    self.encryption = encryption
    self.account = account
    // All of 127/8 is this machine: one address counts as it, another as a stranger.
    let place = try ListeningPort(everywhere: true)
    (socket, port) = (place.socket, place.number)
    let listener = socket
    DispatchQueue(label: "local mail server").async { [weak self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        let wire = Wire(client)
        if let self { MailSession(wire, self).serve() }
      }
      close(listener)
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))  // wakes accept; the thread closes
  }

  func hear(_ command: String) { heard.withLock { $0.append(command) } }

  func take(_ mail: Mail) { taken.withLock { $0.append(mail) } }
}
