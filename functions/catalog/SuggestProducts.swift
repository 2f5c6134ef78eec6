import Catalog
import HTTP
import Middleware

/// Names as one types.
@Sendable func suggestProducts(_ call: Call) throws -> Response {
  var query = try call.query()
  let text = query.words("q", upTo: QueryString.textMax)
  if text == nil, query.violations.isEmpty {
    query.refuse("q", "required", "Say what to look for.")
  }
  let limit = query.number("limit", in: 1...20) ?? 10
  try query.check()
  let suggestions = try SuggestionDirectory.suggest(
    text ?? "", limit: limit, in: call.database)
  return try .list(suggestions, meta: CountMeta(count: suggestions.count))
}
