internal import Core
internal import HTTP
internal import Lanes

/// Those of one worker who prefer to wait for an answer.
final class WaitingRoom {
  struct Guest {
    let connection: Connection
    let request: Connection.Unanswered
    let answer: AwaitedAnswer
  }

  private var guests: [Guest] = []
  private var isClosed = false

  /// Each has a connection, and costs looks: whoever finds it full is answered at once.
  private static let seats = 128

  /// False when nobody can wait any more.
  func seat(_ guest: Guest) -> Bool {
    guard !isClosed, guests.count < Self.seats else { return false }
    guests.append(guest)
    return true
  }

  var isEmpty: Bool { guests.isEmpty }

  /// How long a worker may sleep that would sleep so long.
  func shortened(_ milliseconds: Int32) -> Int32 {
    guests.reduce(milliseconds) { min($0, $1.answer.millisecondsToNextLook) }
  }

  /// Looks for those who are due, side by side. Returns whose answers are there.
  func look(in lanes: Lanes) -> [(guest: Guest, response: Response)] {
    var found: [(guest: Guest, response: Response)] = []
    var due: ArraySlice<Guest> = []
    var stay: [Guest] = []
    // Each is asked once: time goes on meanwhile.
    for guest in guests {
      if guest.answer.isDue { due.append(guest) } else { stay.append(guest) }
    }
    while !due.isEmpty {
      let some = due.prefix(lanes.count)
      due = due.dropFirst(some.count)
      lanes.run(
        some.map { guest in
          {
            if let response = guest.answer.look() {
              found.append((guest, response))
            } else {
              stay.append(guest)
            }
          }
        })
    }
    guests = stay
    return found
  }

  /// Everybody goes with what there is.
  func close() -> [(guest: Guest, response: Response)] {
    isClosed = true
    defer { guests = [] }
    return guests.map { ($0, $0.answer.present) }
  }
}
