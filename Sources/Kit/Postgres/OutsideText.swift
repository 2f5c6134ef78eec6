extension String {
  /// What somebody outside wrote, as a column takes it: cut as Postgres counts, by scalars, and
  /// without the zeros that it stores in no text.
  package func storable(_ length: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.filter { $0 != "\0" }.prefix(length)))
  }
}
