import Core
import Middleware

/// Reads the environment as a function will, so that a mistake in it is told of before anything
/// is started.
enum SettingsCheck {
  /// Throws, naming the variable, when a function would refuse to start.
  static func read(_ home: Home, _ environment: Environment) throws -> FunctionSettings {
    var variables = environment.all
    variables.merge(try Backends(home, environment).environment(of: "doctor")) { $1 }
    variables["SOUK_KEYS"] = home.keys
    if Files.exists(home.secret) {
      variables["SOUK_SECRET_FILE"] = home.secret
    } else {
      // Stands in for the file of a home that is yet to be made.
      variables["SOUK_SECRET"] = String(repeating: "-", count: 32)
    }
    return try FunctionSettings(Environment(variables))
  }
}
