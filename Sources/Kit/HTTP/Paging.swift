internal import Core

/// How a client asks for a part of a list: by cursor (the default) or by page.
package struct Paging: Sendable {
  package let limit: Int
  package let position: Position

  package enum Position: Sendable, Equatable {
    /// After the item with these sort values; nil is the beginning.
    case after([String]?)
    case page(Int)
  }

  /// Reads `limit` (also `page_size`, `per_page`) and `cursor` or `page`; faults go to the query.
  package init(_ query: inout QueryString, cursors: CursorSigner) {
    // All are read, so that a wrong one is told even where another counts.
    let limits = ["limit", "page_size", "per_page"].map { query.number($0, in: 1...100) }
    limit = limits.compactMap { $0 }.first ?? 20
    if query["page"] != nil {
      position = .page(query.number("page", in: 1...500) ?? 1)
    } else if let text = query["cursor"], !text.isEmpty {
      let values = cursors.open(text)
      if values == nil {
        query.refuse("cursor", "invalid_cursor", "This cursor was not made by this server.")
      }
      position = .after(values)
    } else {
      position = .after(nil)
    }
  }

  package var offset: Int {
    if case .page(let page) = position { (page - 1) * limit } else { 0 }
  }
}

extension Paging {
  /// What a list read with one item too many answers with.
  package func cut<Item>(
    _ found: [Item], sealing cursors: CursorSigner, _ values: (Item) -> [String]
  ) -> (items: [Item], meta: CursorMeta) {
    let items = Array(found.prefix(limit))
    let last = found.count > limit ? items.last : nil
    return (items, CursorMeta(limit: limit, nextCursor: last.map { cursors.seal(values($0)) }))
  }

  /// What a list read with one item too many answers with, by cursor or by page as it was asked
  /// for. `name` tells its cursors from those of other lists; `total` is what pages can reach.
  package func answer<Item: Encodable>(
    _ found: [Item], total: Int, as name: String, sealing cursors: CursorSigner,
    _ values: (Item) -> [String]
  ) throws -> Response {
    let (items, meta) = cut(found, sealing: cursors) { [name] + values($0) }
    guard case .page(let page) = position else { return try .list(items, meta: meta) }
    return try .list(items, meta: PageMeta(page: page, limit: limit, total: total))
  }

  /// Where the list of this name goes on: what `read` makes of the values of its cursor. Nil at
  /// the beginning. Throws for a cursor of another list.
  package func place<Place>(in name: String, _ read: ([String]) -> Place?) throws -> Place? {
    guard case .after(let values?) = position else { return nil }
    guard values.first == name, let place = read(Array(values.dropFirst())) else {
      throw Self.foreignCursor
    }
    return place
  }

  /// As `place`, for cursors of one value that stands for itself.
  package func place<Place: LosslessStringConvertible>(in name: String) throws -> Place? {
    try place(in: name) { $0.count == 1 ? Place($0[0]) : nil }
  }

  /// A cursor of ours that was given for another list, or for another order of this one.
  package static var foreignCursor: Problem {
    Problem.invalid([
      .init(field: "cursor", code: "invalid_cursor", message: "This cursor is of another list.")
    ])
  }
}

/// `meta` of a list read by cursor.
package struct CursorMeta: Encodable, Sendable {
  package let limit: Int
  package let nextCursor: String?

  package init(limit: Int, nextCursor: String?) {
    self.limit = limit
    self.nextCursor = nextCursor
  }

  private enum CodingKeys: String, CodingKey {
    case limit, nextCursor
  }

  /// Says null at the end: leaving the member out would look like a missing feature.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(limit, forKey: .limit)
    try container.encode(nextCursor, forKey: .nextCursor)
  }
}

/// `meta` of a list read by page.
package struct PageMeta: Encodable, Sendable {
  package let page: Int
  package let limit: Int
  package let total: Int
  package let totalPages: Int

  package init(page: Int, limit: Int, total: Int) {
    self.page = page
    self.limit = limit
    self.total = total
    totalPages = (total + limit - 1) / limit
  }
}

/// Makes cursors that clients cannot forge: the sort values of the last item and a signature.
package struct CursorSigner: Sendable {
  private let sign: @Sendable ([UInt8]) -> [UInt8]

  /// `sign` returns a keyed hash of its argument.
  package init(_ sign: @escaping @Sendable ([UInt8]) -> [UInt8]) { self.sign = sign }

  package func seal(_ values: [String]) -> String {
    let payload = Array(values.joined(separator: "\u{1f}").utf8)
    return Base64URL.encode(sign(payload).prefix(12) + payload)
  }

  package func open(_ cursor: String) -> [String]? {
    guard cursor.utf8.count <= 1024, let bytes = Base64URL.decode(cursor), bytes.count > 12 else {
      return nil
    }
    let payload = Array(bytes.dropFirst(12))
    guard sign(payload).prefix(12).elementsEqual(bytes.prefix(12)),
      let text = String(validating: payload, as: UTF8.self)
    else { return nil }
    return text.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
  }
}
