import Core
import Glibc
import Testing

@Suite final class FilesTests {
  private let directory: String

  init() throws { directory = try Files.makeTemporaryDirectory("souk-files") }

  deinit { #expect(throws: Never.self) { try Files.remove(directory) } }

  private func mode(_ path: String) throws -> UInt32 {
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    return status.st_mode & 0o7777
  }

  @Test func writesAndReads() throws {
    let path = "\(directory)/file"
    for bytes in [[], [0, 255], [UInt8](repeating: 7, count: 300_000)] as [[UInt8]] {
      try Files.write(bytes, to: path)
      #expect(try Files.read(path) == bytes)
    }
    #expect(try Files.list(directory) == ["file"])
    #expect(throws: FileError(path, "is larger than 299999 bytes")) {
      try Files.read(path, bytesMax: 299_999)
    }
  }

  @Test func modesHoldAgainstTheMask() throws {
    for wanted: UInt32 in [0o600, 0o666] {
      try Files.write([1], to: "\(directory)/secret", mode: wanted)
      #expect(try mode("\(directory)/secret") == wanted)
    }
    #expect(try mode(directory) == 0o700)
  }

  @Test func aFailedWriteLeavesNothing() throws {
    try Files.makeDirectory("\(directory)/taken/inside")
    let error = try #require(throws: FileError.self) {
      try Files.write([1], to: "\(directory)/taken")
    }
    #expect(error.number == EISDIR)
    #expect(try Files.list(directory) == ["taken"])
  }

  @Test func directories() throws {
    try Files.makeDirectory("\(directory)/a/b/c")
    try Files.makeDirectory("\(directory)/a/b/c")
    try Files.write([], to: "\(directory)/a/file")
    #expect(try Files.list("\(directory)/a") == ["b", "file"])
    #expect(Files.isDirectory("\(directory)/a") && !Files.isDirectory("\(directory)/a/file"))
    #expect(throws: FileError.self) { try Files.makeDirectory("\(directory)/a/file") }
    #expect(throws: FileError.self) { try Files.makeDirectory("\(directory)/a/file/deep") }
  }

  @Test func removesLinksNotTheirTargets() throws {
    try Files.makeDirectory("\(directory)/kept")
    try Files.write([1], to: "\(directory)/kept/file")
    try Files.makeDirectory("\(directory)/gone/deep")
    #expect(unsafe symlink("\(directory)/kept", "\(directory)/gone/deep/link") == 0)
    try Files.remove("\(directory)/gone")
    try Files.remove("\(directory)/gone")
    #expect(try Files.list(directory) == ["kept"])
    #expect(try Files.read("\(directory)/kept/file") == [1])
  }

  @Test func errorsNameThePath() throws {
    let missing = try #require(throws: FileError.self) { try Files.read("/nonexistent") }
    #expect(missing.isMissing)
    #expect(missing.description == "/nonexistent: No such file or directory")
    #expect(throws: FileError.self) { try Files.list("/nonexistent") }
    #expect(throws: FileError.self) { try Files.read("\(directory)/a\0b") }
    #expect(throws: FileError.self) { try Files.write([], to: "\(directory)/a\0b") }
  }

  @Test func textIsUTF8() throws {
    try Files.write(Array("né".utf8), to: "\(directory)/text")
    #expect(try Files.readText("\(directory)/text") == "né")
    try Files.write([0xff], to: "\(directory)/text")
    #expect(throws: FileError.self) { try Files.readText("\(directory)/text") }
  }
}
