internal import CGlibc
internal import Core
internal import Glibc

extension ChildProcess {
  package struct Finished: Sendable {
    package let status: ExitStatus
    package let stdout: [UInt8]
    package let stderr: [UInt8]

    /// Both streams as text, for messages.
    package var text: String { String(decoding: stdout + stderr, as: UTF8.self) }
  }

  /// What one stream may hold.
  package static let outputBytesMax = 16 << 20

  /// Runs a command to its end and keeps what it writes. Throws when it cannot be started, does
  /// not end in time (it is killed, with what it started) or writes too much. An exit status
  /// other than 0 is an answer, not an error.
  package static func run(
    _ arguments: [String], environment: [String: String]? = nil,
    workingDirectory: String? = nil, timeout: Duration = .seconds(60)
  ) throws(ProcessError) -> Finished {
    var command = Command(arguments)
    command.environment = environment
    command.workingDirectory = workingDirectory
    command.inNewSession = true
    let output = try Pipe()
    defer { output.close() }
    let errors = try Pipe()
    defer { errors.close() }
    command.output = .descriptor(output.writing)
    command.errors = .descriptor(errors.writing)
    let process = try ChildProcess(command)
    output.closeWriting()
    errors.closeWriting()
    do throws(ProcessError) {
      let deadline = Deadline(after: timeout)
      let written = try collect([output.reading, errors.reading], until: deadline)
      guard let status = process.wait(for: .milliseconds(deadline.millisecondsLeft)) else {
        throw ProcessError("does not end in time")
      }
      return Finished(status: status, stdout: written[0], stderr: written[1])
    } catch {
      try process.stop(SIGKILL, within: .seconds(10))
      throw ProcessError("\(arguments[0]): \(error)")
    }
  }

  /// Reads all descriptors to their end.
  private static func collect(
    _ files: [Int32], until deadline: Deadline
  ) throws(ProcessError) -> [[UInt8]] {
    var written = files.map { _ in [UInt8]() }
    var entries = files.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    // A descriptor that has ended is set to -1, which poll leaves out.
    while entries.contains(where: { $0.fd >= 0 }) {
      let left = deadline.millisecondsLeft
      guard left > 0 else { throw ProcessError("does not end in time") }
      guard unsafe Glibc.poll(&entries, nfds_t(entries.count), left) > 0 else { continue }
      for index in entries.indices where entries[index].revents != 0 {
        let count = unsafe read(entries[index].fd, &chunk, chunk.count)
        if count <= 0 { entries[index].fd = -1 }
        written[index] += chunk[..<max(count, 0)]
        guard written[index].count <= outputBytesMax else {
          throw ProcessError("writes more than \(outputBytesMax) bytes")
        }
      }
    }
    return written
  }
}

/// Neither end is inherited by other processes.
private final class Pipe {
  let reading: Int32
  private(set) var writing: Int32

  init() throws(ProcessError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw ProcessError("no pipe to be had") }
    reading = ends[0]
    writing = ends[1]
  }

  func close() {
    Glibc.close(reading)
    closeWriting()
  }

  func closeWriting() {
    if writing >= 0 { Glibc.close(writing) }
    writing = -1
  }
}
