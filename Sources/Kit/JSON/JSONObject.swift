/// The members of a JSON object in the order they came. Equality ignores the order.
package struct JSONObject: Sendable {
  package typealias Member = (key: String, value: JSONValue)

  package private(set) var members: [Member] = []

  /// Where each key stands. Few keys are found faster without it; many keys need it, so that
  /// an object of a hundred thousand members costs no quadratic time.
  private var positions: [String: Int] = [:]
  private static let membersWithoutPositions = 8

  package init() {}

  package var isEmpty: Bool { members.isEmpty }
  package var count: Int { members.count }

  /// Setting nil removes the member; a new key goes to the end.
  package subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?): members[position].value = value
      case (let position?, nil): remove(at: position)
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  /// False, and nothing changes, when the key is there already.
  mutating func insert(_ key: String, _ value: JSONValue) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  private func position(of key: String) -> Int? {
    if members.count > Self.membersWithoutPositions { return positions[key] }
    return members.firstIndex { $0.key == key }
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key, value))
    if members.count == Self.membersWithoutPositions + 1 {
      indexMembers()
    } else if members.count > Self.membersWithoutPositions {
      positions[key] = members.count - 1
    }
  }

  private mutating func remove(at position: Int) {
    members.remove(at: position)
    indexMembers()
  }

  private mutating func indexMembers() {
    positions.removeAll()
    guard members.count > Self.membersWithoutPositions else { return }
    for (position, member) in members.enumerated() { positions[member.key] = position }
  }
}

extension JSONObject: Equatable {
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// A key written twice is a mistake in the program.
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    for (key, value) in members {
      let isNew = insert(key, value)
      precondition(isNew, "duplicate key in a JSON literal")
    }
  }
}
