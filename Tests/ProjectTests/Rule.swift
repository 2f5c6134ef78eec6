import Testing

/// One habit of the code that a machine can watch: given a file, what is wrong with it.
struct Rule: Sendable, CustomTestStringConvertible {
  let name: String
  let folders: [String]
  /// A small file that breaks the rule: a check that cannot fail is worse than none.
  let badSample: (path: String, text: String)
  let violations: @Sendable (SourceFile) -> [String]

  var testDescription: String { name }

  static let all: [Rule] = [
    lineLength, fileLength, functionLength, mainIsWiring, foundation, unsafeCode, swallowedErrors,
    leftovers, sqlInStores, layers,
  ]
}
