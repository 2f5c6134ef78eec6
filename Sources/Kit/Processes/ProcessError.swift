package import Core

/// Why a process could not be started or did not do what it was started for.
package struct ProcessError: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  package init(_ error: FileError) { description = error.description }
}
