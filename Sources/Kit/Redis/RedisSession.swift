internal import CHiredis
internal import Core
internal import Glibc

/// One connection to Redis. After an error it is of no more use.
/// Safe because the context has one owner and every request needs exclusive access to it.
@safe struct RedisSession: ~Copyable {
  private let context: UnsafeMutablePointer<redisContext>

  private init(_ context: UnsafeMutablePointer<redisContext>) {
    unsafe self.context = context
  }

  deinit { unsafe redisFree(context) }

  /// Connects, logs in and selects the database.
  static func open(_ settings: RedisSettings) throws(RedisError) -> RedisSession {
    let address = try RedisAddress(settings.url)
    _ = ignoringBrokenPipes
    let context = unsafe connect(address.place, within: timeval(settings.connectTimeout))
    guard let context = unsafe context else { throw RedisError(.connectFailed, "out of memory") }
    var session = unsafe RedisSession(context)
    guard unsafe context.pointee.err == 0 else {
      throw RedisError(.connectFailed, unsafe message(of: context))
    }
    unsafe redisSetTimeout(context, timeval(settings.commandTimeout))
    try session.greet(address, within: settings.commandTimeout)
    return session
  }

  /// Redis says nothing unasked: anything to read on an idle connection is its end.
  var isOpen: Bool {
    var socket = pollfd(fd: unsafe context.pointee.fd, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&socket, 1, 0) == 0
  }

  /// Whether something waits to be read.
  var hasInput: Bool { !isOpen }

  /// Waits for what Redis says unasked, and takes all of it that has come. Returns how much.
  mutating func takePushed(within timeout: Duration) throws(RedisError) -> Int {
    var socket = pollfd(fd: unsafe context.pointee.fd, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&socket, 1, Int32(clamping: timeout.milliseconds)) > 0 else { return 0 }
    guard unsafe redisBufferRead(context) == REDIS_OK else {
      throw unsafe Self.failure(of: context)
    }
    var count = 0
    while true {
      var reply: UnsafeMutableRawPointer?
      guard unsafe redisReaderGetReply(context.pointee.reader, &reply) == REDIS_OK else {
        throw unsafe Self.failure(of: context)
      }
      guard let reply = unsafe reply else { return count }
      unsafe freeReplyObject(reply)
      count += 1
    }
  }

  /// One reply for each command. The time holds for all of them together.
  mutating func exchange(
    _ commands: [[RedisArgument]], within timeout: Duration
  ) throws(RedisError) -> [RedisValue] {
    try append(commands)
    try send()
    return try collect(commands.count, within: timeout)
  }

  /// Puts the commands by, for `send`.
  mutating func append(_ commands: [[RedisArgument]]) throws(RedisError) {
    for command in commands { try append(command) }
  }

  /// Puts what was appended on its way, without waiting for the replies.
  mutating func send() throws(RedisError) {
    var isDone: Int32 = 0
    while isDone == 0 {
      guard unsafe redisBufferWrite(context, &isDone) == REDIS_OK else {
        throw unsafe Self.failure(of: context)
      }
    }
  }

  mutating func collect(_ count: Int, within timeout: Duration) throws(RedisError) -> [RedisValue] {
    let deadline = Deadline(after: timeout)
    var replies = [RedisValue]()
    replies.reserveCapacity(count)
    for _ in 0..<count {
      replies.append(try receive())
      guard !deadline.hasPassed else {
        throw RedisError(.timeout, "not all replies within \(timeout)")
      }
    }
    return replies
  }

  private mutating func append(_ command: [RedisArgument]) throws(RedisError) {
    var bytes = [UInt8]()
    var lengths = [Int]()
    for argument in command {
      guard case .bytes(let word) = argument.content else { continue }
      bytes += word
      lengths.append(word.count)
    }
    let code = unsafe bytes.withUnsafeBytes { buffer in
      var offset = 0
      var words = unsafe [UnsafePointer<CChar>?]()
      for length in lengths {
        unsafe words.append(
          buffer.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self))
        offset += length
      }
      return unsafe redisAppendCommandArgv(context, Int32(lengths.count), &words, lengths)
    }
    guard code == REDIS_OK else { throw unsafe Self.failure(of: context) }
  }

  private mutating func receive() throws(RedisError) -> RedisValue {
    var reply: UnsafeMutableRawPointer?
    guard unsafe redisGetReply(context, &reply) == REDIS_OK, let reply = unsafe reply else {
      throw unsafe Self.failure(of: context)
    }
    defer { unsafe freeReplyObject(reply) }
    return unsafe RedisValue(reply.assumingMemoryBound(to: redisReply.self).pointee)
  }

  private mutating func greet(
    _ address: RedisAddress, within timeout: Duration
  ) throws(RedisError) {
    var commands = [[RedisArgument]]()
    if let password = address.password {
      let user = address.user.map { [RedisArgument($0)] } ?? []
      commands.append(["AUTH"] + user + [RedisArgument(password)])
    }
    if address.database > 0 { commands.append(["SELECT", RedisArgument(address.database)]) }
    for case .error(let message) in try exchange(commands, within: timeout) {
      throw RedisError(.connectFailed, message)
    }
  }

  private static func connect(
    _ place: RedisAddress.Place, within timeout: timeval
  ) -> UnsafeMutablePointer<redisContext>? {
    switch place {
    case .tcp(let host, let port): unsafe redisConnectWithTimeout(host, port, timeout)
    case .unix(let path): unsafe redisConnectUnixWithTimeout(path, timeout)
    }
  }

  /// Read at once: the next call changes errno.
  private static func failure(of context: UnsafeMutablePointer<redisContext>) -> RedisError {
    let isTimeout = unsafe context.pointee.err == REDIS_ERR_IO && errno == EAGAIN
    return RedisError(isTimeout ? .timeout : .connectionLost, unsafe message(of: context))
  }

  private static func message(of context: UnsafeMutablePointer<redisContext>) -> String {
    unsafe withUnsafeBytes(of: context.pointee.errstr) { text in
      unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// hiredis writes with `write`, so a closed connection would end the process by SIGPIPE.
private let ignoringBrokenPipes: Void = {
  var action = sigaction()
  unsafe sigaction(SIGPIPE, nil, &action)
  // Whoever set a handler of their own keeps it.
  if unsafe action.__sigaction_handler.sa_handler == nil { signal(SIGPIPE, SIG_IGN) }
}()

extension timeval {
  fileprivate init(_ duration: Duration) {
    self.init(
      tv_sec: Int(duration.microseconds / 1_000_000),
      tv_usec: Int(duration.microseconds % 1_000_000))
  }
}

extension RedisValue {
  fileprivate init(_ reply: redisReply) {
    switch unsafe reply.type {
    case REDIS_REPLY_INTEGER: self = unsafe .integer(Int(reply.integer))
    case REDIS_REPLY_STRING: self = unsafe .bytes(Array(reply.text))
    case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: reply.text, as: UTF8.self))
    case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: reply.text, as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      self = .array(
        (0..<(unsafe reply.elements)).map { index in
          unsafe reply.element[index].map { unsafe RedisValue($0.pointee) } ?? .null
        })
    default: self = .null
    }
  }
}

extension redisReply {
  fileprivate var text: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: str, count: len)
  }
}
