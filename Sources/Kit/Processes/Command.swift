/// What to start, and with what.
package struct Command: Sendable {
  package enum Stream: Sendable {
    case inherited
    /// Nothing to read, and written to nowhere.
    case null
    /// An open descriptor, such as a listening socket for `input`.
    case descriptor(Int32)
    /// Read from its beginning, or written to at its end.
    case file(String)
  }

  /// The program, looked up in PATH unless it holds a slash, and its arguments.
  package var arguments: [String]
  /// Nil hands on the environment of this process.
  package var environment: [String: String]?
  package var workingDirectory: String?
  package var input = Stream.null
  package var output = Stream.inherited
  package var errors = Stream.inherited
  /// Out of reach of the terminal's Ctrl-C, and a process group that can be signalled as a whole.
  package var inNewSession = false
  /// Sent by the kernel when the thread that starts it is gone, however that comes: only for who
  /// starts processes from the main thread. A process started with another account's rights
  /// hears nothing.
  package var signalOnParentDeath: ParentDeathSignal?

  package init(_ arguments: [String]) { self.arguments = arguments }
}

/// The raw value is what `setpriv` calls it.
package enum ParentDeathSignal: String, Sendable {
  case interrupt = "INT"
  case terminate = "TERM"
  case kill = "KILL"
}

package enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)

  package var isSuccess: Bool { self == .exited(0) }

  package var description: String {
    switch self {
    case .exited(let code): "exit status \(code)"
    case .signalled(let signal): "signal \(signal)"
    }
  }
}
