import Dispatch
import Synchronization

/// Does two things at the same time, where there are processors for both.
package func concurrently<First: Sendable, Second: Sendable>(
  _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  let results = Mutex<(First?, Second?)>((nil, nil))
  DispatchQueue.concurrentPerform(iterations: 2) { index in
    if index == 0 {
      let result = first()
      results.withLock { $0.0 = result }
    } else {
      let result = second()
      results.withLock { $0.1 = result }
    }
  }
  let (one, other) = results.withLock { $0 }
  return (one ?? first(), other ?? second())
}

/// Does one thing and, beside it and after it, another for each of some elements, where there are processors for both.
package func concurrently<First: Sendable, Element: Sendable, Result: Sendable>(
  _ first: @Sendable () -> First, forEachOf elements: [Element],
  _ body: @Sendable (Element) -> Result
) -> (First, [Result]) {
  let next = Mutex(elements.startIndex)
  let results = Mutex<(First?, [Int: Result])>((nil, [:]))
  DispatchQueue.concurrentPerform(iterations: 2) { index in
    if index == 0 {
      let result = first()
      results.withLock { $0.0 = result }
    }
    while let position = next.withLock({ next -> Int? in
      defer { next += 1 }
      return next < elements.endIndex ? next : nil
    }) {
      let result = body(elements[position])
      results.withLock { $0.1[position] = result }
    }
  }
  let (one, others) = results.withLock { $0 }
  return (one ?? first(), elements.indices.map { others[$0] ?? body(elements[$0]) })
}
