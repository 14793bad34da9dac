extension Sequence {
  /// The choices that no other one beats in memory and price, the most memory first; the first of equal ones.
  public func paretoFront<Memory: Comparable, Price: Comparable>(
    memory: (Element) -> Memory, price: (Element) -> Price
  ) -> [Element] {
    let choices = enumerated().map {
      (index: $0, element: $1, memory: memory($1), price: price($1))
    }
    let order = choices.sorted {
      ($0.memory, $0.price, $0.index) < ($1.memory, $1.price, $1.index)
    }
    var front: [(element: Element, price: Price)] = []
    for choice in order {
      if let last = front.last, choice.price >= last.price { continue }
      front.append((choice.element, choice.price))
    }
    return front.reversed().map(\.element)
  }
}
