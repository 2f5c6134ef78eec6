import Core

/// Shows one line for each step: what is being done, on a terminal, and then that it is done.
struct Steps {
  private var startedAt = Clock.monotonicNanoseconds()

  mutating func begin(_ text: String) {
    startedAt = Clock.monotonicNanoseconds()
    if Console.isTerminal { Files.write("  … \(text)", to: 1) }
  }

  func done(_ text: String) {
    close(Style.green.on("✓"), text + elapsed)
  }

  func failed(_ text: String) {
    close(Style.red.on("✗"), text)
  }

  /// Runs one step. Throws what it throws, after showing which step it was.
  mutating func run<R>(_ text: String, _ body: () throws -> R) throws -> R {
    begin(text)
    do {
      let result = try body()
      done(text)
      return result
    } catch {
      failed(text)
      throw error
    }
  }

  private func close(_ mark: String, _ text: String) {
    Files.write("\(Console.isTerminal ? "\r\u{1b}[K" : "")\(mark) \(text)\n", to: 1)
  }

  /// Only of what one had to wait for.
  private var elapsed: String {
    let milliseconds = (Clock.monotonicNanoseconds() - startedAt) / 1_000_000
    guard milliseconds >= 100 else { return "" }
    return Style.faint.on(" \(milliseconds / 1000).\(milliseconds % 1000 / 100) s")
  }
}
