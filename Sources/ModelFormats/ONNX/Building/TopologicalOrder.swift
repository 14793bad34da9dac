import ModelGraph

/// A node that needs, by way of others, its own output.
struct CycleError: Error {
  var node: Int
}

extension SymbolicGraph {
  /// Puts every node after the nodes whose outputs it or its bodies read, otherwise as they stand.
  mutating func sortNodes() throws(CycleError) {
    let order = try topologicalOrder()
    nodes = order.map { nodes[$0] }
  }

  /// Visits nodes depth first without recursion, since chains are as long as the file is.
  private func topologicalOrder() throws(CycleError) -> [Int] {
    let producers = producers()
    var states = Array(repeating: VisitState.unseen, count: nodes.count)
    var order: [Int] = []
    order.reserveCapacity(nodes.count)

    for root in nodes.indices where states[root] == .unseen {
      var path = [(node: root, pending: dependencies(of: nodes[root], producers))]
      states[root] = .open
      while let last = path.indices.last {
        guard let next = path[last].pending.popLast() else {
          states[path[last].node] = .done
          order.append(path[last].node)
          path.removeLast()
          continue
        }
        switch states[next] {
        case .done: continue
        case .open: throw CycleError(node: next)
        case .unseen:
          states[next] = .open
          path.append((next, dependencies(of: nodes[next], producers)))
        }
      }
    }
    return order
  }

  private enum VisitState: UInt8 {
    case unseen, open, done
  }

  private func producers() -> [Int?] {
    var producers = [Int?](repeating: nil, count: values.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs {
        if let output { producers[output.index] = index }
      }
    }
    return producers
  }

  /// The nodes a node reads from, the last first.
  private func dependencies(of node: Node, _ producers: [Int?]) -> [Int] {
    let captured = node.bodies.flatMap { body in
      bodies[body.index].values.compactMap { value -> ValueID? in
        guard case .captured(let outer) = value.role else { return nil }
        return outer
      }
    }
    return (node.inputs.compactMap(\.self) + captured).reversed().compactMap {
      producers[$0.index]
    }
  }
}
