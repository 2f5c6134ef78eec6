import Core
import Log
import Processes

extension ToolCommand {
  static let mails = ToolCommand(
    name: "mails", summary: "write requested mails as files; the supervisor runs it",
    isInternal: true
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    try MailWriter(try Home.current(), Environment.current()).run()
  }
}
