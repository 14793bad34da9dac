import Dispatch
import Synchronization

/// A value that is worked out when it is first asked for, once for all copies of what holds it.
package final class Deferred<Value: Sendable>: Sendable {
  private let make: @Sendable () -> Value
  private let made = Mutex<Value?>(nil)

  package init(_ make: @escaping @Sendable () -> Value) { self.make = make }

  package var value: Value {
    made.withLock { made in
      if let made { return made }
      let value = make()
      made = value
      return value
    }
  }

  /// Begins to work it out beside what the caller goes on with, where there is a processor for it.
  package func begin() {
    DispatchQueue.global(qos: .userInitiated).async { _ = self.value }
  }
}
