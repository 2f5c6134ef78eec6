/// What a password hash costs. The default is what OWASP asks for: 19 MiB, two passes.
package struct PasswordParameters: Equatable, Sendable {
  package var memoryKiB: UInt32 = 19_456
  package var iterations: UInt32 = 2
  package var parallelism: UInt32 = 1

  static let hashLength = 32
  static let saltLength = 16

  package init(memoryKiB: UInt32 = 19_456, iterations: UInt32 = 2, parallelism: UInt32 = 1) {
    self.memoryKiB = memoryKiB
    self.iterations = iterations
    self.parallelism = parallelism
  }

  /// Reads `$argon2id$v=19$m=19456,t=2,p=1$…$…`. Nil for any other form, and for a cost that
  /// nobody would choose and that could stop the machine.
  init?(encoded: String) {
    let parts = encoded.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19" else {
      return nil
    }
    let costs = parts[3].split(separator: ",", omittingEmptySubsequences: false)
    guard costs.count == 3, costs[0].hasPrefix("m="), costs[1].hasPrefix("t="),
      costs[2].hasPrefix("p="), let memory = UInt32(costs[0].dropFirst(2)),
      let iterations = UInt32(costs[1].dropFirst(2)),
      let parallelism = UInt32(costs[2].dropFirst(2)),
      memory <= 1 << 20, iterations <= 64, parallelism <= 16
    else { return nil }
    self.init(memoryKiB: memory, iterations: iterations, parallelism: parallelism)
  }
}
