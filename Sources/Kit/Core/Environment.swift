internal import Glibc

/// The process environment, read once. Every setting may also come from a file named by
/// `NAME_FILE`, so that a secret need not stand in the environment.
package struct Environment: Sendable {
  private static let fileSuffix = "_FILE"

  private let values: [String: String]

  package init(_ values: [String: String]) { self.values = values }

  package static func current() -> Environment {
    var values: [String: String] = [:]
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text)
      if let equals = pair.firstIndex(of: "=") {
        values[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
      }
      unsafe entry += 1
    }
    return Environment(values)
  }

  package var all: [String: String] { values }

  /// With other settings before these. Each goes by one of its two names: the one it has there.
  package func under(_ settings: [String: String]) -> Environment {
    let suffix = Self.fileSuffix
    let otherNames = settings.keys.map {
      $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 + suffix
    }
    let rest = values.filter { !otherNames.contains($0.key) }
    return Environment(rest.merging(settings) { $1 })
  }

  package subscript(name: String) -> String? { values[name] }

  /// Nil when neither the variable nor its file variant is set, or it is empty.
  package func text(_ name: String) throws(SettingsError) -> String? {
    if let value = values[name], !value.isEmpty { return value }
    let fileName = name + Self.fileSuffix
    guard let path = values[fileName], !path.isEmpty else { return nil }
    do {
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    } catch {
      throw SettingsError("\(fileName): \(error)")
    }
  }

  package func require(_ name: String) throws(SettingsError) -> String {
    guard let value = try text(name) else {
      throw SettingsError("\(name) is not set (nor \(name)\(Self.fileSuffix))")
    }
    return value
  }

  package func number(_ name: String, default fallback: Int, in range: ClosedRange<Int>)
    throws(SettingsError) -> Int
  {
    guard let text = try text(name) else { return fallback }
    guard let value = Int(text), range.contains(value) else {
      throw SettingsError(
        "\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return value
  }
}

/// A setting is missing or unusable: the process must not start.
package struct SettingsError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
