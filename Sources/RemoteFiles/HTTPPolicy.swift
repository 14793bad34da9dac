/// How long, how often and how much is tried.
public struct HTTPPolicy: Hashable, Sendable {
  public var connectSeconds = 15
  public var stallSeconds = 20
  public var requestSeconds = 300

  /// The requests made before giving up, the first included.
  public var attempts = 5

  /// The wait before the second request; each further one is twice as long.
  public var firstDelayMilliseconds = 300

  /// The longest wait that a server may ask for.
  public var maximumDelaySeconds = 60
  public var maximumRedirects = 8

  /// The largest file that is fetched whole, from servers that give no parts.
  public var maximumWholeByteCount = 64 << 20

  /// The most that one opening may fetch altogether.
  public var maximumTotalByteCount = 512 << 20

  /// A file of the certificates that are trusted instead of those that the system trusts.
  public var certificateFile: String?

  public init() {}
}
