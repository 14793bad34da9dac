#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// A server of HTTP on this machine, one connection after the other, for tests.
public final class LoopbackServer: Sendable {
  public struct Request: Sendable {
    public var target: String

    /// The headers, their names in small letters.
    public var headers: [String: String]
  }

  public struct Response: Sendable {
    public var status: Int
    public var headers: [(String, String)]
    public var body: [UInt8]

    /// How many bytes are promised, if not those of the body.
    public var claimedByteCount: Int?

    /// How long the server waits before it answers.
    public var delayMilliseconds = 0

    public init(
      _ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = [],
      claiming claimedByteCount: Int? = nil
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.claimedByteCount = claimedByteCount
    }
  }

  public typealias Handler = @Sendable (Request) -> Response

  public let port: Int
  private let listener: Int32
  private let handler: Handler
  private let log = Mutex<[Request]>([])

  public struct Failure: Error {}

  public init(_ handler: @escaping Handler) throws {
    self.handler = handler
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    let listener = socket(AF_INET, kind, 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        var length = size
        guard bind(listener, pointer, size) == 0, listen(listener, 64) == 0 else { return false }
        return getsockname(listener, pointer, &length) == 0
      }
    }
    guard listener >= 0, bound else { throw Failure() }
    port = Int(UInt16(bigEndian: address.sin_port))
    start()
  }

  deinit { close(listener) }

  public var origin: String { "http://127.0.0.1:\(port)" }

  /// What was asked for so far.
  public var requests: [Request] { log.withLock { $0 } }

  private func start() {
    // The thread holds the server weakly between connections, so that a test's end ends it.
    let loop = Loop(listener: listener, server: self)
    let box = Unmanaged.passRetained(loop).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
      pthread_create(
        &thread, nil,
        {
          Loop.run($0); return nil
        }, box)
    #else
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        {
          Loop.run($0); return nil
        }, box)
    #endif
  }

  fileprivate func answer(_ connection: Int32) {
    guard let request = Self.read(connection) else { return }
    log.withLock { $0.append(request) }
    let response = handler(request)
    if response.delayMilliseconds > 0 { usleep(UInt32(response.delayMilliseconds * 1000)) }
    var head = "HTTP/1.1 \(response.status) -\r\nConnection: close\r\n"
    head += "Content-Length: \(response.claimedByteCount ?? response.body.count)\r\n"
    for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
    Self.write(Array((head + "\r\n").utf8) + response.body, to: connection)
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 16 {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer.prefix(count)
      if String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") { break }
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    guard let first = lines.first, let target = first.split(separator: " ").dropFirst().first
    else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers[line[..<colon].lowercased()] = String(value)
    }
    return Request(target: String(target), headers: headers)
  }

  private static func write(_ bytes: [UInt8], to connection: Int32) {
    var sent = 0
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, flags)
      }
      guard count > 0 else { return }
      sent += count
    }
  }
}

/// The thread that takes connections until the listener is closed.
private final class Loop: @unchecked Sendable {
  let listener: Int32
  weak var server: LoopbackServer?

  init(listener: Int32, server: LoopbackServer) {
    self.listener = listener
    self.server = server
  }

  static func run(_ box: UnsafeMutableRawPointer?) {
    guard let box else { return }
    let loop = Unmanaged<Loop>.fromOpaque(box).takeRetainedValue()
    while true {
      var entry = pollfd(fd: loop.listener, events: Int16(POLLIN), revents: 0)
      let ready = poll(&entry, 1, 200)
      guard let server = loop.server else { return }
      guard ready > 0 else { continue }
      let connection = accept(loop.listener, nil, nil)
      guard connection >= 0 else { return }
      server.answer(connection)
      close(connection)
    }
  }
}

extension LoopbackServer.Response {
  /// A file, of which the part that is asked for is given.
  public static func file(
    _ bytes: [UInt8], _ request: LoopbackServer.Request, _ headers: [(String, String)] = []
  ) -> Self {
    guard let text = request.headers["range"], text.hasPrefix("bytes=") else {
      return Self(200, headers, bytes)
    }
    let ends = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] < bytes.count else { return Self(416) }
    let last = min(ends[1], bytes.count - 1)
    let place = "bytes \(ends[0])-\(last)/\(bytes.count)"
    return Self(206, headers + [("Content-Range", place)], Array(bytes[ends[0]...last]))
  }
}
