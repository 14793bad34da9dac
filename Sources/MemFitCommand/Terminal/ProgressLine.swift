import Synchronization

/// A line on the error stream while work lasts, on a terminal only and only if it lasts long.
final class ProgressLine: Sendable {
  private enum State {
    case waiting, shown, finished
  }

  private let state = Mutex(State.waiting)
  private let text: @Sendable () -> String

  private static let delay = Duration.milliseconds(500)

  private init(_ text: @escaping @Sendable () -> String) { self.text = text }

  /// Does some work, telling every half a second how far it is.
  static func during<Result>(
    _ text: @escaping @Sendable () -> String, isQuiet: Bool, _ work: () throws -> Result
  ) rethrows -> Result {
    let end = begin(text, isQuiet: isQuiet)
    defer { end() }
    return try work()
  }

  /// Begins to tell, and returns what ends it.
  private static func begin(
    _ text: @escaping @Sendable () -> String, isQuiet: Bool
  ) -> () -> Void {
    guard !isQuiet, Terminal.Stream.error.isTerminal else { return {} }
    let line = ProgressLine(text)
    let timer = Task.detached {
      while true {
        try await Task.sleep(for: delay)
        line.show()
      }
    }
    return {
      timer.cancel()
      line.finish()
    }
  }

  private func show() {
    state.withLock { state in
      guard state != .finished else { return }
      state = .shown
      Terminal.tell("\r\(text()) …\u{1B}[K")
    }
  }

  private func finish() {
    state.withLock { state in
      // Back to the line's start, and clear it.
      if case .shown = state { Terminal.tell("\r\u{1B}[K") }
      state = .finished
    }
  }
}
