extension String {
  /// The beginning, as long as Postgres measures it: what looks like one character may be made of
  /// hundreds.
  package func prefix(scalars length: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.prefix(length)))
  }
}
