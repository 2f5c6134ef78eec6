import Core
import Postgres

extension ToolCommand {
  static let audit = ToolCommand(
    name: "audit",
    summary: "check the books: money, stock, promotions, sagas and events",
    details: """
      Sums the ledger, compares payments with it, orders with their payments, stock and counts with
      what was sold, promotions with the orders that hold them, and looks for orders, sagas and
      events that are stuck, lost or told twice. Reads whole tables. While orders are under way a
      line may show what is about to be right; what stays is wrong. Ends with exit code 1 when
      something is.
      """
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    let home = try Home.current()
    let backends = try Backends(home, Environment.current())
    if try backends.postgres() != nil { try home.requireRunning() }
    let broken = try BooksStore.broken(try backends.patientDatabase(for: "audit"))
    guard broken.isEmpty else {
      for line in broken { Console.complain(line) }
      throw Failure("the books are not right")
    }
    Console.say("The books are right.")
  }
}
