import Processes

/// How a service is started and stopped.
struct Recipe {
  enum Kind: String, Encodable {
    case function, server, helper
  }

  /// A signal, and how long it may take to work before the next one.
  struct Ending {
    let signal: Int32
    let patience: Duration
  }

  let name: String
  let kind: Kind
  /// Tells apart the processes of one function.
  var slot = 0
  var workers = 0
  /// Where requests wait. Every process of a function takes them from the same socket.
  var listener: Int32?
  /// It may end when nobody asks anything of it, and is started again by the next request.
  var mayFallAsleep = false
  /// After that time the next one is started beside it, as cron would.
  var renewedEvery: Duration?
  /// From the gentlest on; SIGKILL comes last by itself.
  let endings: [Ending]
  let command: () throws -> Command
}
