import Synchronization

/// A line on the error stream while work lasts, on a terminal only and only if it lasts long.
final class ProgressLine: Sendable {
  private enum State {
    case waiting, shown, finished
  }

  private let state = Mutex(State.waiting)
  private let text: String

  private static let delay = Duration.milliseconds(500)

  private init(_ text: String) { self.text = text }

  /// Does some work, telling of it if it takes longer than half a second.
  static func during<Result>(
    _ text: String, isQuiet: Bool, _ work: () throws -> Result
  ) rethrows -> Result {
    guard !isQuiet, Terminal.Stream.error.isTerminal else { return try work() }
    let line = ProgressLine(text)
    let timer = Task.detached {
      try await Task.sleep(for: delay)
      line.show()
    }
    defer {
      timer.cancel()
      line.finish()
    }
    return try work()
  }

  private func show() {
    state.withLock { state in
      guard case .waiting = state else { return }
      state = .shown
      Terminal.tell("\(text) …")
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
