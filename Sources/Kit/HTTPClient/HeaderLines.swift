internal import CCurl

/// Owns the list of headers in the form curl takes.
@safe
final class HeaderLines {
  private(set) var list: UnsafeMutablePointer<curl_slist>?

  /// Throws for a line break or zero character, which would end the header early.
  init(_ headers: [(String, String)]) throws(HTTPClientError) {
    unsafe list = nil
    // What curl would add to a body by itself, unless the caller says otherwise.
    var lines = ["Expect:", "Content-Type:"].filter { unwanted in
      !headers.contains { "\($0.0):".lowercased() == unwanted.lowercased() }
    }
    // To curl a name with a colon and no value means to leave the header out.
    lines += headers.map { name, value in value.isEmpty ? "\(name);" : "\(name): \(value)" }
    for line in lines {
      guard !line.utf8.contains(where: { [0x00, 0x0a, 0x0d].contains($0) }) else {
        throw HTTPClientError(CURLE_BAD_FUNCTION_ARGUMENT, "a header with a line break or zero")
      }
      guard let longer = unsafe CCurl_append(list, line) else {
        throw HTTPClientError(CURLE_OUT_OF_MEMORY, "no memory for a header")
      }
      unsafe list = longer
    }
  }

  deinit { unsafe CCurl_free(list) }
}
