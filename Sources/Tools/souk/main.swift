/// `souk COMMAND …`: what an operator and a developer do with the system.
ToolCommand.main(Array(CommandLine.arguments.dropFirst()))
