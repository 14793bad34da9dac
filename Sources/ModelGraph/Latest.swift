import Synchronization

/// The value that was made last for a key, which whoever asks for the same key gets, too, once for all copies of what holds
/// it.
package final class Latest<Key: Equatable & Sendable, Value: Sendable>: Sendable {
  private let make: @Sendable (Key) -> Value
  private let made = Mutex<(key: Key, value: Value)?>(nil)

  package init(_ make: @escaping @Sendable (Key) -> Value) { self.make = make }

  /// The value for a key; those of different keys are made at the same time.
  package func value(for key: Key) -> Value {
    let known = made.withLock { made in made.flatMap { $0.key == key ? $0.value : nil } }
    if let known { return known }
    let value = make(key)
    made.withLock { $0 = (key, value) }
    return value
  }
}
