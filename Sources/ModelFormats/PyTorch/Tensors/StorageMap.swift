import ModelGraph

/// Which tensors lie in which bytes, so that every byte is counted once.
///
/// Tensors may share a storage: as the same weight under two names, as views of one another, or as
/// neighbours in one block. The same bytes get the same number; a tensor that lies within another
/// counts as that one; neighbours count each on its own.
struct StorageMap {
  private var storages: [Storage] = []
  private var indices: [StorageReference.Key: Int] = [:]
  private var nextNumber = 0

  /// What is counted for a view.
  struct Share {
    var number: Int
    var content: Tensor.Content
  }

  private(set) var shares: [Share?] = []

  struct Storage {
    var reference: StorageReference
    var views: [View] = []
  }

  struct View {
    /// The position in ``shares``.
    var index: Int
    var range: Range<Int>
    var dataType: DataType
    var elementCount: Int
    var identity: Identity

    /// Whether every byte of the range is an element's.
    var isDense: Bool
  }

  /// Views that are alike in all this are one tensor under several names.
  struct Identity: Hashable {
    var offset: Int
    var type: TensorType
    var strides: [Int]
  }

  /// A number for what lies in no storage.
  mutating func makeNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }

  /// Adds a tensor that lies in a storage, and returns where its share will be.
  ///
  /// - Throws: ``FormatError/badTensor(name:reason:)`` if it reaches out of the storage.
  mutating func add(
    _ tensor: TorchTensor, _ view: TorchTensor.View, named name: String
  ) throws(FormatError) -> Int {
    guard let range = tensor.byteRange(view) else {
      throw .badTensor(name: name.quoted, reason: "has implausible sizes or strides")
    }
    guard range.isEmpty || range.upperBound <= view.storage.byteCount else {
      throw .badTensor(
        name: name.quoted,
        reason: "reaches to byte \(range.upperBound) of a storage of \(view.storage.byteCount)")
    }
    let storage = indices[view.storage.key] ?? storages.count
    if storage == storages.count {
      indices[view.storage.key] = storage
      storages.append(Storage(reference: view.storage))
    }
    storages[storage].reference.byteCount = max(
      storages[storage].reference.byteCount, view.storage.byteCount)
    let elements = tensor.distinctElementCount
    storages[storage].views.append(
      View(
        index: shares.count, range: range, dataType: tensor.type.dataType, elementCount: elements,
        identity: Identity(offset: view.offset, type: tensor.type, strides: view.strides),
        isDense: tensor.type.dataType.byteCount(ofElements: elements).value == range.count))
    shares.append(nil)
    return shares.count - 1
  }

  /// The storages that tensors lie in, in the order of their first tensors.
  var references: [StorageReference] { storages.map(\.reference) }

  /// Gives every tensor its share, and returns how many bytes of each storage no tensor uses.
  mutating func settle() -> [Int] {
    storages.indices.map { settle(storages[$0]) }
  }
}

extension StorageMap {
  /// Numbers the views of one storage.
  private mutating func settle(_ storage: Storage) -> Int {
    var numbers: [Identity: Int] = [:]
    var cover: (range: Range<Int>, number: Int)?
    var cluster: [View] = []
    var end = 0
    var used = 0
    for view in storage.views.sorted(by: precedes) {
      if let number = numbers[view.identity] {
        shares[view.index] = Share(number: number, content: view.content)
      } else if let cover, cover.range.contains(view.range) {
        shares[view.index] = Share(number: cover.number, content: view.content)
      } else {
        if view.range.lowerBound >= end {
          used += count(cluster)
          cluster = []
        }
        let number = makeNumber()
        numbers[view.identity] = number
        cluster.append(view)
        shares[view.index] = Share(number: number, content: view.content)
        if view.isDense, !view.range.isEmpty { cover = (view.range, number) }
        end = max(end, view.range.upperBound)
      }
    }
    used += count(cluster)
    return max(0, storage.reference.byteCount - used)
  }

  private func precedes(_ a: View, _ b: View) -> Bool {
    let (first, second) = (a.range, b.range)
    return (first.lowerBound, -first.upperBound, a.isDense ? 0 : 1, a.index)
      < (second.lowerBound, -second.upperBound, b.isDense ? 0 : 1, b.index)
  }

  /// The bytes of views whose ranges overlap: where they have more elements than bytes lie there,
  /// the later ones count for what is left.
  private mutating func count(_ cluster: [View]) -> Int {
    guard let start = cluster.first?.range.lowerBound else { return 0 }
    let end = cluster.map(\.range.upperBound).max() ?? start
    var left = end - start
    for view in cluster {
      let size = max(1, view.dataType.layout.bytes)
      var content = view.content
      if content.byteCount.value > left {
        let elements = left / size * view.dataType.layout.elements
        content = Tensor.Content(
          elementCount: min(content.elementCount, elements), byteCount: ByteCount(left))
        shares[view.index]?.content = content
      }
      left -= content.byteCount.value
    }
    return end - start - left
  }
}

extension StorageMap.View {
  fileprivate var content: Tensor.Content {
    Tensor.Content(
      elementCount: elementCount, byteCount: dataType.byteCount(ofElements: elementCount))
  }
}

extension Range<Int> {
  fileprivate func contains(_ other: Range<Int>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}

extension TorchTensor {
  /// The bytes from the first to the last element; `nil` if that is out of range.
  fileprivate func byteRange(_ view: View) -> Range<Int>? {
    guard let extent, 0...Shape.maximumElementCount ~= view.offset else { return nil }
    let layout = type.dataType.layout
    let start = view.offset * layout.bytes / layout.elements
    return start..<start + type.dataType.byteCount(ofElements: extent).value
  }
}
