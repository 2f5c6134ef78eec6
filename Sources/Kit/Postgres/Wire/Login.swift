internal import Core
internal import Crypto

/// What is said before the first statement.
enum Login {
  /// Ends when the server is ready. Gives what it says about itself.
  static func run(
    on channel: inout Channel, _ address: ServerAddress, _ parameters: [(String, String)],
    until deadline: Deadline
  ) throws(PostgresError) -> [String: String] {
    var messages = ClientMessages()
    messages.startUp([("user", address.user), ("database", address.database)] + parameters)
    try channel.send(messages, until: deadline)
    try authenticate(on: &channel, address, until: deadline)
    return try settings(on: &channel, until: deadline)
  }

  private static func authenticate(
    on channel: inout Channel, _ address: ServerAddress, until deadline: Deadline
  ) throws(PostgresError) {
    var scram: SCRAM?
    var isProven = false
    while true {
      var message = try next(on: &channel, until: deadline)
      guard message.isA("R") else { throw message.unexpected() }
      var answer = ClientMessages()
      let method = try message.number(Int32.self)
      // Nothing but SCRAM binds: no other way may give the password away, or let us in.
      if address.mustBindLogin, !isProven, method < 10 {
        throw failure("channel_binding=require, which the server cannot")
      }
      switch method {
      case 0:
        guard scram == nil || isProven else {
          throw failure("the server did not prove that it is itself")
        }
        return
      case 3: answer.password(Array(try password(address).utf8))
      case 5: answer.password(try md5(address, salt: Array(message.rest)))
      case 10 where scram == nil:
        let login = try SCRAM(
          password: try password(address), offered: try mechanisms(message),
          binding: address.bindsLogin ? channel.binding() : nil,
          nonce: Base64.encode(Randomness.system.bytes(18)))
        if address.mustBindLogin, login.mechanism != SCRAM.bound {
          throw failure("channel_binding=require, which the server cannot")
        }
        answer.beginSCRAM(login.mechanism, login.firstMessage)
        scram = login
      case 11:
        let challenge = String(decoding: message.rest, as: UTF8.self)
        guard !isProven, let reply = try scram?.answer(to: challenge) else {
          throw message.unexpected()
        }
        answer.continueSCRAM(reply)
      case 12:
        guard let begun = scram else { throw message.unexpected() }
        try begun.check(String(decoding: message.rest, as: UTF8.self))
        isProven = true
        continue
      default:
        throw failure("the server wants a login of kind \(method), which is not spoken here")
      }
      try channel.send(answer, until: deadline)
    }
  }

  private static func settings(
    on channel: inout Channel, until deadline: Deadline
  ) throws(PostgresError) -> [String: String] {
    var settings: [String: String] = [:]
    while true {
      var message = try next(on: &channel, until: deadline)
      if message.isA("Z") { return settings }
      if message.isA("S") { settings[try message.text()] = try message.text() }
    }
  }

  /// Throws what the server refuses by.
  private static func next(
    on channel: inout Channel, until deadline: Deadline
  ) throws(PostgresError) -> ServerMessage {
    while true {
      let message = try channel.message(until: deadline)
      if message.isA("E") { throw try Refusal(message).error }
      if !message.isA("N") { return message }
    }
  }

  private static func mechanisms(_ message: ServerMessage) throws(PostgresError) -> [String] {
    var (message, names): (ServerMessage, [String]) = (message, [])
    while case let name = try message.text(), !name.isEmpty { names.append(name) }
    return names
  }

  private static func md5(_ address: ServerAddress, salt: [UInt8]) throws(PostgresError) -> [UInt8]
  {
    let password = try password(address)
    do throws(CryptoError) {
      let inner = try MD5.hash(Array("\(password)\(address.user)".utf8))
      return Array("md5\(Hex.encode(try MD5.hash(Array(Hex.encode(inner).utf8) + salt)))".utf8)
    } catch {
      throw failure("\(error)")
    }
  }

  private static func password(_ address: ServerAddress) throws(PostgresError) -> String {
    guard let password = address.password else {
      throw failure("the server wants a password, and the database URL has none")
    }
    return password
  }

  private static func failure(_ reason: String) -> PostgresError {
    PostgresError(.connectFailed, reason)
  }
}
