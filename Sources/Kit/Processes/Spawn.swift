internal import CGlibc
internal import Glibc

/// The process does not inherit descriptors beyond the three streams, nor ignored or blocked
/// signals.
func spawn(_ command: Command) throws(ProcessError) -> Int32 {
  guard !command.arguments.isEmpty else { throw ProcessError("an empty command") }
  let commandLine = command.boundToParent
  let program = commandLine[0]
  let environment = command.environment?.map { "\($0.key)=\($0.value)" }
  let words = commandLine + (environment ?? []) + [command.workingDirectory ?? ""]
  guard !words.contains(where: { $0.utf8.contains(0) }) else {
    throw ProcessError("a zero byte in the command \(program)")
  }
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  unsafe add(command, to: &actions)
  set(command, in: &attributes)

  let arguments = CStrings(commandLine)
  let variables = CStrings(environment ?? [])
  var pid: pid_t = 0
  let code = unsafe posix_spawnp(
    &pid, program, &actions, &attributes, arguments.pointers,
    environment == nil ? environ : variables.pointers)
  guard code == 0 else {
    let reason = unsafe String(cString: strerror(code))
    throw ProcessError("\(program) cannot be started: \(reason)")
  }
  return pid
}

extension Command {
  /// Becomes the program, with its arguments and environment; the rest of the command does not
  /// matter. Returns only by throwing.
  package func replaceThisProcess() throws(ProcessError) -> Never {
    let words = CStrings(arguments)
    let variables = CStrings((environment ?? [:]).map { "\($0.key)=\($0.value)" })
    unsafe execve(arguments[0], words.pointers, environment == nil ? environ : variables.pointers)
    throw ProcessError(
      "\(arguments[0]) cannot be started: \(unsafe String(cString: strerror(errno)))")
  }

  /// `posix_spawn` cannot ask for the signal, but `setpriv` can, and then becomes the program.
  fileprivate var boundToParent: [String] {
    guard let signalOnParentDeath else { return arguments }
    return ["setpriv", "--pdeathsig", signalOnParentDeath.rawValue, "--"] + arguments
  }
}

private func add(_ command: Command, to actions: inout posix_spawn_file_actions_t) {
  if let directory = command.workingDirectory {
    unsafe posix_spawn_file_actions_addchdir_np(&actions, directory)
  }
  let streams: [(Int32, Command.Stream)] = [
    (0, command.input), (1, command.output), (2, command.errors),
  ]
  for (number, stream) in streams {
    let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
    switch stream {
    case .inherited: break
    case .null: unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", flags, 0)
    case .descriptor(let open): unsafe posix_spawn_file_actions_adddup2(&actions, open, number)
    case .file(let path):
      unsafe posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o600)
    }
  }
  unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
}

private func set(_ command: Command, in attributes: inout posix_spawnattr_t) {
  var all = sigset_t()
  var none = sigset_t()
  unsafe sigfillset(&all)
  unsafe sigemptyset(&none)
  unsafe posix_spawnattr_setsigdefault(&attributes, &all)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  var flags = Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
  if command.inNewSession { flags |= CGlibc_POSIX_SPAWN_SETSID }
  unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
}

/// C copies of strings in a list that ends with a null.
/// Safe because it owns the copies and frees them once.
@safe private struct CStrings: ~Copyable {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    unsafe pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() {
      unsafe (pointers + index).initialize(to: strdup(string))
    }
    unsafe (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
  }
}
