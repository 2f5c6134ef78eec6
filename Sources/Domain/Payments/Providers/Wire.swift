internal import Core
internal import HTTPClient
internal import JSON

/// What the providers' answers have in common.
enum Wire {
  /// Throws for anything that is no object: an error page, half an answer, nothing.
  static func json(_ response: HTTPClientResponse) throws -> JSONValue {
    do throws(JSONError) {
      let value = try JSONValue.parse(response.body)
      if value.object != nil { return value }
    } catch {
      throw ProviderSilence("an answer that cannot be read, with status \(response.status)")
    }
    throw ProviderSilence("an answer that is no object, with status \(response.status)")
  }

  /// The header for a name without a password.
  static func basicLogin(_ name: String) -> String {
    "Basic " + Base64.encode(Array("\(name):".utf8))
  }

  /// The body of a form.
  static func form(_ fields: [(String, String)]) -> [UInt8] {
    Array(fields.map { "\(escaped($0))=\(escaped($1))" }.joined(separator: "&").utf8)
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
