import Core

/// What happens while a stack starts, one line each, written by the supervisor and shown by
/// `souk up`.
enum Progress: Equatable {
  case began(String)
  case done(String)
  case failed(String)
  case started

  var line: String {
    switch self {
    case .began(let text): "begin \(text)"
    case .done(let text): "done \(text)"
    case .failed(let text): "failed \(text)"
    case .started: "started"
    }
  }

  init?(line: some StringProtocol) {
    let parts = String(line).split(separator: " ", maxSplits: 1).map { String($0) }
    switch (parts.first, parts.count > 1 ? parts[1] : "") {
    case ("begin", let text): self = .began(text)
    case ("done", let text): self = .done(text)
    case ("failed", let text): self = .failed(text)
    case ("started", _): self = .started
    default: return nil
    }
  }

  /// To standard output, which `souk up` has pointed at the file it reads.
  func report() {
    Files.write(line.split(separator: "\n").joined(separator: " ") + "\n", to: 1)
  }
}
