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

  /// Works it out beside what the caller goes on with, after what was begun before it.
  ///
  /// Who asks for it earlier works it out.
  package func begin() { Begun.queue.async { _ = self.value } }
}

/// Lets go of a value beside what the caller goes on with: to take a large structure apart takes time.
package func letGoBeside(_ value: some Sendable) {
  Begun.queue.async { withExtendedLifetime(value) {} }
}

/// What was begun and not asked for yet.
private enum Begun {
  static let queue = DispatchQueue(label: "memfit.begun", qos: .userInitiated)
}
