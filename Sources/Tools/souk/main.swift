import Core

/// `souk COMMAND …`: what an operator and a developer do with the system.
let arguments = Array(CommandLine.arguments.dropFirst())
do {
  try Commands.run(arguments)
} catch {
  Console.fail("\(error)")
}
