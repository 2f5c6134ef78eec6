internal import Core

/// Finds the route of a request among the few of one function. Paths without values are looked up
/// whole; the others are compared segment by segment.
package struct Router<Target: Sendable>: Sendable {
  package enum Match: Sendable {
    case found(Target, [String])
    case otherMethods([String])
    case none
  }

  /// All methods of one path.
  private struct Place: Sendable {
    let segments: [Segment]
    var targets: [(method: String, target: Target)] = []
  }

  private enum Segment: Equatable, Sendable {
    case literal(String)
    case value
  }

  private var fixed: [String: Place] = [:]
  private var patterns: [Place] = []

  package init() {}

  package mutating func add(_ method: String, _ path: String, _ target: Target) {
    let segments = path.split(separator: "/").map {
      $0.hasPrefix("{") ? Segment.value : Segment.literal(String($0))
    }
    if !segments.contains(.value) {
      fixed[path, default: Place(segments: segments)].targets.append((method, target))
    } else if let index = patterns.firstIndex(where: { $0.segments == segments }) {
      patterns[index].targets.append((method, target))
    } else {
      patterns.append(Place(segments: segments, targets: [(method, target)]))
    }
  }

  package func match(_ method: String, _ path: Substring) -> Match {
    if let place = fixed[String(path)] { return choose(method, place, []) }
    guard let segments = PathSegments.read(path) else { return .none }
    for place in patterns {
      if let values = values(of: segments, at: place) { return choose(method, place, values) }
    }
    return .none
  }

  private func choose(_ method: String, _ place: Place, _ values: [String]) -> Match {
    let wanted = method == "HEAD" ? "GET" : method
    for (method, target) in place.targets where method == wanted { return .found(target, values) }
    return .otherMethods(place.targets.map(\.method))
  }

  private func values(of segments: [String], at place: Place) -> [String]? {
    guard segments.count == place.segments.count else { return nil }
    var values: [String] = []
    for index in segments.indices {
      switch place.segments[index] {
      case .literal(let literal): guard literal == segments[index] else { return nil }
      case .value: values.append(segments[index])
      }
    }
    return values
  }
}

private enum PathSegments {
  /// The decoded segments, or nil for a path no route can have: empty segments, dots, hidden
  /// slashes, controls.
  static func read(_ path: Substring) -> [String]? {
    let bytes = path.utf8
    guard bytes.first == UInt8(ascii: "/") else { return nil }
    var segments: [String] = []
    segments.reserveCapacity(8)
    var start = bytes.index(after: bytes.startIndex)
    while true {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
      guard let segment = decode(path[start..<end]) else { return nil }
      segments.append(segment)
      guard end < bytes.endIndex else { return segments }
      start = bytes.index(after: end)
    }
  }

  private static func decode(_ segment: Substring) -> String? {
    guard let text = PercentCoding.decode(segment, plusIsSpace: false),
      !text.isEmpty, text != ".", text != ".."
    else { return nil }
    for byte in text.utf8 where byte < 32 || byte == UInt8(ascii: "/") || byte == 127 { return nil }
    return text
  }
}
