internal import Core

extension String {
  /// What somebody outside wrote, as a column takes it: so long, and without the zeros that
  /// Postgres stores in no text.
  package func storable(_ length: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.filter { $0 != "\0" })).prefix(scalars: length)
  }
}
