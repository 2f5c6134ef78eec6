internal import Core
internal import Glibc

/// The mapped file of a recorder.
@safe
struct Mapping {
  let base: UnsafeMutableRawPointer
  let length: Int

  static func open(path: String?, routes: [String]) throws -> Mapping {
    let length = Layout.bytes(routes: routes.count)
    guard let path else { return try map(descriptor: -1, length: length) }
    let header = header(routes: routes)
    if try !holds(path, header, length) {
      // A complete file appears under its name at once: no reader sees half a header.
      var content = header
      content.append(contentsOf: [UInt8](repeating: 0, count: length - header.count))
      try Files.write(content, to: path, mode: 0o660)
    }
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw SettingsError("cannot open \(path): errno \(errno)") }
    defer { close(descriptor) }
    return try map(descriptor: descriptor, length: length)
  }

  private static func map(descriptor: Int32, length: Int) throws -> Mapping {
    let flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
    let base = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      throw SettingsError("cannot map the metrics: errno \(errno)")
    }
    return unsafe Mapping(base: base, length: length)
  }

  private static func holds(_ path: String, _ header: [UInt8], _ length: Int) throws -> Bool {
    guard Files.exists(path) else { return false }
    let content = try Files.read(path)
    return content.count == length && content.starts(with: header)
  }

  static func header(routes: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in [Layout.magic, UInt64(routes.count)] {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    bytes.append(contentsOf: [UInt8](repeating: 0, count: Layout.headerBytes - bytes.count))
    for route in routes {
      let name = Array(route.utf8.prefix(Layout.nameBytes))
      bytes.append(contentsOf: name)
      bytes.append(contentsOf: [UInt8](repeating: 0, count: Layout.nameBytes - name.count))
    }
    return bytes
  }
}
