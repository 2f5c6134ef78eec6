let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 5, let rounds = Int(arguments[3]), let events = Int(arguments[4]),
  let backlog = Int(arguments[5])
else { fatalError("usage: outbox-bench FREE_URL HELD_URL ROUNDS EVENTS BACKLOG") }
try OutboxBench(free: arguments[1], held: arguments[2])
  .run(rounds: rounds, events: events, backlog: backlog)
