import Core

/// A bar that grows on a terminal, and one line at the end everywhere.
struct ProgressBar {
  private let name: String
  private let total: Int
  private let startedAt = Clock.monotonicNanoseconds()
  private var shown = -1

  private static let width = 30

  init(_ name: String, total: Int) {
    self.name = name
    self.total = max(1, total)
  }

  mutating func show(_ count: Int) {
    let percent = count * 100 / total
    guard Console.isTerminal, percent != shown else { return }
    shown = percent
    let full = percent * Self.width / 100
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.width - full)
    Files.write("\r  \(bar) \(percent) % \(name)", to: 1)
  }

  func finish() {
    let seconds = Double(Clock.monotonicNanoseconds() - startedAt) / 1_000_000_000
    let rate = Int(Double(total) / max(seconds, 0.001))
    Files.write(
      "\(Console.isTerminal ? "\r\u{1b}[K" : "")\(Style.green.on("✓")) \(name): \(total) rows"
        + Style.faint.on(" \(rate) a second") + "\n", to: 1)
  }
}
