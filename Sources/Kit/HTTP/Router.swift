/// Finds the route of a request among the few of one function.
package struct Router<Target: Sendable>: Sendable {
  package enum Match: Sendable {
    case found(Target, [String])
    case otherMethods([String])
    case none
  }

  private struct Entry: Sendable {
    let method: String
    let segments: [Segment]
    let target: Target
  }

  private enum Segment: Equatable, Sendable {
    case literal(String)
    case value

    func matches(_ text: String) -> Bool {
      if case .literal(let literal) = self { literal == text } else { !text.isEmpty }
    }
  }

  private var entries: [Entry] = []

  package init() {}

  package mutating func add(_ method: String, _ pattern: String, _ target: Target) {
    let segments = pattern.split(separator: "/", omittingEmptySubsequences: false).map {
      $0.hasPrefix("{") ? Segment.value : Segment.literal(String($0))
    }
    entries.append(Entry(method: method, segments: segments, target: target))
    // Literals before values: `/users/me` must win over `/users/{id}`.
    entries.sort {
      $0.segments.filter { $0 == .value }.count < $1.segments.filter { $0 == .value }.count
    }
  }

  package func match(_ method: String, _ path: Substring) -> Match {
    guard let segments = Self.segments(of: path) else { return .none }
    let method = method == "HEAD" ? "GET" : method
    var methods: [String] = []
    var shape: [Segment]?
    for entry in entries where entry.segments.count == segments.count {
      guard zip(entry.segments, segments).allSatisfy({ $0.matches($1) }) else { continue }
      // Only the most specific path counts: its methods are the ones allowed.
      if let shape, shape != entry.segments { break }
      shape = entry.segments
      if entry.method == method {
        let values = zip(entry.segments, segments).filter { $0.0 == .value }.map(\.1)
        return .found(entry.target, values)
      }
      methods.append(entry.method)
    }
    return methods.isEmpty ? .none : .otherMethods(methods)
  }

  /// The decoded segments, or nil for a path no route can have: dots, hidden slashes, controls.
  private static func segments(of path: Substring) -> [String]? {
    guard path.hasPrefix("/") else { return nil }
    var segments: [String] = []
    for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
      guard let text = PercentCoding.decode(segment, plusIsSpace: false), text != ".",
        text != "..", !text.utf8.contains(where: { $0 < 32 || $0 == 47 || $0 == 127 })
      else { return nil }
      segments.append(text)
    }
    return segments
  }
}
