import ModelGraph
import Operators

extension TrainingMachine {
  /// Notes a node of autograd's, or finds the one that it was when its region ran first.
  mutating func note(_ node: consuming Tape.Node) -> Int? {
    switch recording {
    case .off: return nil
    case .keeping:
      for tensor in node.saved { ledger.retain(tensor.storage) }
      return tape.append(node)
    case .deferring(let region, var nodes):
      if !node.saved.isEmpty { node.region = region }
      node.saved = []
      let index = tape.append(node)
      // So that the list has one owner and is not copied.
      recording = .off
      nodes.append(index)
      recording = .deferring(region: region, nodes: nodes)
      return index
    case .replaying(let nodes, let next):
      guard next < nodes.count else { return nil }
      if savesNothing {
        recording = .replaying(nodes: nodes, next: next + 1)
        return nodes[next]
      }
      for tensor in node.saved { ledger.retain(tensor.storage) }
      tape.restore(node.saved, to: nodes[next])
      recording = .replaying(nodes: nodes, next: next + 1)
      // After the last, nothing that is made has a gradient to ask for.
      return hasReplayed ? nil : nodes[next]
    }
  }

  /// The moves of a dispatch up to the last tensor that a region runs again for.
  ///
  /// Operands are saved before a kernel runs, so a kernel of which only the operands are saved does
  /// not run at all, if that is all that it notes; results are saved after it.
  func neededMoves(of moves: [DispatchMove], operandCount: Int) -> [DispatchMove] {
    guard case .replaying(let nodes, let next) = recording else { return moves }
    var (records, tensors) = (next, operandCount)
    var kernelStart = (move: 0, tensors: operandCount, records: next)
    for (index, move) in moves.enumerated() {
      switch move {
      case .begin: kernelStart = (index, tensors, records)
      case .allocate, .share: tensors += 1
      case .record(let node):
        records += 1
        guard records == nodes.count else { continue }
        let isAlone = records == kernelStart.records + 1
        return isAlone && node.readsOperandsOnly(ofKernelFrom: kernelStart.tensors)
          ? moves[..<kernelStart.move] + [move] : Array(moves[...index])
      case .release, .keepWorkspace, .keep: continue
      }
    }
    return moves
  }
}

extension AutogradNode {
  /// Whether all that is saved was there before the kernel whose first tensor has an index.
  func readsOperandsOnly(ofKernelFrom start: Int) -> Bool {
    saved.allSatisfy { $0 < start } && outputs.allSatisfy { $0 >= start }
  }
}
