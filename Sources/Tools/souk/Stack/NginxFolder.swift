/// nginx as the repository configures it, but with a port and paths of its own.
enum NginxFolder {
  /// The paths become relative: nginx is started in the home and takes it for its prefix, so that
  /// neither a blank in the home's path nor its length matters.
  static func localised(_ text: String, port: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { localised(line: $0, port: port) }.joined(separator: "\n")
  }

  private static let places = [
    ("/run/souk", "run"), ("/var/cache/souk", "cache"), ("/var/log/souk", "log"),
    ("/var/lib/souk", "."),
  ]

  private static func localised(line: Substring, port: Int) -> String {
    var line = String(line)
    if line.drop(while: { $0 == " " }).hasPrefix("#") { return line }
    for (place, own) in places { line = line.replacing("\(place)/", with: "\(own)/") }
    return line.replacing("listen 8080", with: "listen \(port)")
  }
}
