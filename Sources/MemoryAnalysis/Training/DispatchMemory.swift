import ModelGraph
import Operators

/// What the calls of a step dispatched, by their numbers, of those that come again.
///
/// A rule sees the call and what is asked here, and nothing else; so where both are the same, what it dispatches is.
/// Of each number the last is kept.
struct DispatchMemory: Sendable {
  private var calls: [(question: DispatchQuestion, answer: Dispatched)?] = []
  private var gradients: [(question: GradientQuestion, answer: DispatchedGradients)?] = []

  func dispatched(_ number: Int?, _ question: DispatchQuestion) -> Dispatched? {
    guard let number, number < calls.count, let known = calls[number],
      known.question == question
    else { return nil }
    return known.answer
  }

  /// Keeps what a call dispatched, the nodes of autograd with numbers of their own.
  mutating func keep(
    _ answer: Dispatched, _ question: DispatchQuestion, _ number: Int?
  ) -> Dispatched {
    guard let number else { return answer }
    var answer = answer
    for (index, move) in answer.moves.enumerated() {
      guard case .record(var node) = move else { continue }
      node.number = gradients.count
      gradients.append(nil)
      answer.moves[index] = .record(node)
    }
    while calls.count <= number { calls.append(nil) }
    calls[number] = (question, answer)
    return answer
  }

  func dispatched(_ number: Int?, _ question: GradientQuestion) -> DispatchedGradients? {
    guard let number, let known = gradients[number], known.question == question else {
      return nil
    }
    return known.answer
  }

  mutating func keep(
    _ answer: DispatchedGradients, _ question: GradientQuestion, _ number: Int?
  ) -> DispatchedGradients {
    if let number { gradients[number] = (question, answer) }
    return answer
  }
}

/// All that a forward rule can see beside its call.
struct DispatchQuestion: Hashable, Sendable {
  var operands: [TensorLayout]
  var needsGradients: [Bool]
  var parameters: Set<Int>
  var casts: [Int: Int]
  var autocast: DataType?
  var writtenBase: TensorLayout?
}

/// What a forward rule makes of it.
struct Dispatched: Sendable {
  var moves: [DispatchMove]
  let made: [DispatchedTensor]

  /// The kernels in their order.
  let kernels: [String]

  init(moves: [DispatchMove], made: [DispatchedTensor]) {
    (self.moves, self.made) = (moves, made)
    kernels = moves.compactMap { move in
      guard case .begin(let kernel) = move else { return nil }
      return kernel
    }
  }
}

/// All that a backward function can see.
struct GradientQuestion: Hashable, Sendable {
  /// The gradients that were sent, then what the node saved.
  var operands: [TensorLayout]

  /// Whether each output was sent a gradient.
  var areSent: [Bool]

  /// Whether each input needs one.
  var needs: [Bool]
}

struct DispatchedGradients: Sendable {
  var moves: [DispatchMove]
  var made: [DispatchedTensor?]
}
